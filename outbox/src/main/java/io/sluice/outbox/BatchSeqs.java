package io.sluice.outbox;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a batch in one column: the first place, then the distances, with commas. */
final class BatchSeqs {

    private BatchSeqs() {}

    static String encode(List<Entry> batch) {
        StringBuilder text = new StringBuilder();
        long before = 0;
        for (Entry entry : batch) {
            if (!text.isEmpty()) {
                text.append(',');
            }
            text.append(entry.seq() - before);
            before = entry.seq();
        }
        return text.toString();
    }

    static List<Long> decode(@Nullable String text) {
        List<Long> seqs = new ArrayList<>();
        if (text == null || text.isEmpty()) {
            return seqs;
        }
        long before = 0;
        for (String distance : text.split(",", -1)) {
            before += Long.parseLong(distance);
            seqs.add(before);
        }
        return seqs;
    }
}
