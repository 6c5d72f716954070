package io.sluice.core.share;

import io.sluice.core.model.Uuid;
import java.util.Comparator;

/** One partition as one group's queue. A topic made again under its name has other queues. */
public record ShareKey(String group, Uuid topicId, int partition) implements Comparable<ShareKey> {
    private static final Comparator<ShareKey> ORDER =
            Comparator.comparing(ShareKey::group)
                    .thenComparing(ShareKey::topicId)
                    .thenComparingInt(ShareKey::partition);

    @Override
    public int compareTo(ShareKey other) {
        return ORDER.compare(this, other);
    }
}
