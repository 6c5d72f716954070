package io.sluice.engine.share;

import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.view.ViewName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which records of a queue are meant, by what is in them: {@code key=BYTES}, {@code
 * header.NAME=BYTES}; all of it must fit.
 */
record RecordFilter(@Nullable ByteBuffer key, List<Wanted> headers) {

    static final String KEY = "key";
    static final String HEADER = "header.";

    /** A header that must be there. */
    record Wanted(String name, ByteBuffer value) {}

    /** What a view's name says of it. */
    static RecordFilter of(ViewName name) {
        byte[] key = name.values().get(KEY);
        List<Wanted> headers = new ArrayList<>();
        name.values()
                .forEach((its, value) -> {
                    if (its.startsWith(HEADER)) {
                        headers.add(
                                new Wanted(its.substring(HEADER.length()), ByteBuffer.wrap(value)));
                    }
                });
        return new RecordFilter(key == null ? null : ByteBuffer.wrap(key), headers);
    }

    boolean takes(RecordReader record) throws RecordFormatException {
        if (key != null && !(record.hasKey() && key.equals(record.key()))) {
            return false;
        }
        return headers.isEmpty() || hasAll(record.headers());
    }

    private boolean hasAll(List<RecordHeader> own) {
        for (Wanted wanted : headers) {
            boolean found = false;
            for (RecordHeader header : own) {
                found |=
                        header.name().equals(wanted.name)
                                && wanted.value.equals(ByteBuffer.wrap(header.value()));
            }
            if (!found) {
                return false;
            }
        }
        return true;
    }
}
