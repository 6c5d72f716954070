package io.sluice.engine.asking;

import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * An answer as it came.
 *
 * @param named the question it names: in a header, or else as its key
 * @param said its value
 */
public record Answer(String named, String said) {

    private static final int SHOWN = 100;

    /**
     * @param header that names the question
     */
    public static Answer of(RecordReader record, String header) throws RecordFormatException {
        String named = text(record.key());
        for (RecordHeader one : record.headers()) {
            byte[] value = one.value();
            if (value != null && one.name().equals(header)) {
                named = new String(value, StandardCharsets.UTF_8);
            }
        }
        return new Answer(named, text(record.value()));
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    /** As much of it as belongs into a log. */
    public static String shown(String text) {
        return text.substring(0, Math.min(SHOWN, text.length()));
    }
}
