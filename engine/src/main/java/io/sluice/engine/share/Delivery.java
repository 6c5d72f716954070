package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.log.FileSlice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member is given of a queue: records that it holds from now on, and the batches they are
 * in, whole.
 *
 * @param acquired in order; empty if there is nothing, or an error
 * @param records belongs to who gets the delivery, who releases it; null if there is nothing
 */
public record Delivery(
        ShareKey key, ErrorCode error, List<Acquired> acquired, @Nullable FileSlice records) {

    static Delivery nothing(ShareKey key) {
        return new Delivery(key, ErrorCode.NONE, List.of(), null);
    }

    /** An error of NONE is nothing. */
    static Delivery refused(ShareKey key, ErrorCode error) {
        return new Delivery(key, error, List.of(), null);
    }

    int bytes() {
        return records == null ? 0 : records.sizeInBytes();
    }

    long count() {
        long count = 0;
        for (Acquired range : acquired) {
            count += range.last() - range.first() + 1;
        }
        return count;
    }
}
