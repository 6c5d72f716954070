package io.sluice.cli.records;

import io.sluice.cli.client.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits a stream into lines of bytes; nothing is decoded, so what is no text passes unchanged.
 * Holds one line at a time.
 */
final class LineReader {

    /** A line, or a whole raw input, longer than this is refused: it would not be sent anyway. */
    static final int MAX_LINE_BYTES = 64 * 1024 * 1024;

    private static final int BUFFER_BYTES = 64 * 1024;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit;
    private byte[] line = new byte[1024];
    private int length;
    private long number;

    LineReader(InputStream in) {
        this.in = in;
    }

    /** The number of the line last read, from 1. */
    long number() {
        return number;
    }

    /**
     * The next line without its line feed, or null at the end. A last line without a line feed
     * counts; an empty rest does not.
     */
    byte @Nullable [] next() throws IOException {
        length = 0;
        boolean any = false;
        while (fill()) {
            any = true;
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            append(end);
            if (end < limit) {
                position = end + 1;
                break;
            }
            position = end;
        }
        if (!any) {
            return null;
        }
        number++;
        return Arrays.copyOf(line, length);
    }

    /** Everything there is. */
    byte[] rest() throws IOException {
        length = 0;
        while (fill()) {
            append(limit);
            position = limit;
        }
        number++;
        return Arrays.copyOf(line, length);
    }

    private boolean fill() throws IOException {
        if (position < limit) {
            return true;
        }
        position = 0;
        limit = Math.max(0, in.read(buffer));
        return limit > 0;
    }

    private void append(int end) {
        int count = end - position;
        if (length + count > MAX_LINE_BYTES) {
            throw new Failure(
                    "line "
                            + (number + 1)
                            + " is longer than 64 MB: split it, or is a line feed missing?");
        }
        if (length + count > line.length) {
            line = Arrays.copyOf(line, Math.max(length + count, line.length * 2));
        }
        System.arraycopy(buffer, position, line, length, count);
        length += count;
    }
}
