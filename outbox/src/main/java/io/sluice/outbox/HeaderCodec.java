package io.sluice.outbox;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Headers in one column: a count, then per header the length and bytes of its name (UTF-8) and of
 * its value, all lengths as 32-bit integers, -1 for a value that is absent.
 */
final class HeaderCodec {

    private static final int ABSENT = -1;

    /** A count and the lengths of one header's two parts are at least so long. */
    private static final int LEAST_HEADER_BYTES = 2 * Integer.BYTES;

    private HeaderCodec() {}

    /** Null when there are none, so that a row written by hand needs none. */
    static byte @Nullable [] encode(List<OutboxHeader> headers) {
        if (headers.isEmpty()) {
            return null;
        }
        int size = Integer.BYTES;
        for (OutboxHeader header : headers) {
            byte[] value = header.value();
            size += LEAST_HEADER_BYTES + name(header).length + (value == null ? 0 : value.length);
        }
        ByteBuffer out = ByteBuffer.allocate(size).putInt(headers.size());
        for (OutboxHeader header : headers) {
            byte[] name = name(header);
            out.putInt(name.length).put(name);
            byte[] value = header.value();
            if (value == null) {
                out.putInt(ABSENT);
            } else {
                out.putInt(value.length).put(value);
            }
        }
        return out.array();
    }

    private static byte[] name(OutboxHeader header) {
        return header.name().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @throws IllegalArgumentException when the bytes are not what {@link #encode} makes
     */
    static List<OutboxHeader> decode(byte @Nullable [] bytes) {
        if (bytes == null || bytes.length == 0) {
            return List.of();
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            int count = in.getInt();
            if (count < 0 || count > in.remaining() / LEAST_HEADER_BYTES) {
                throw damaged();
            }
            List<OutboxHeader> headers = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                String name = new String(take(in, in.getInt()), StandardCharsets.UTF_8);
                int length = in.getInt();
                headers.add(new OutboxHeader(name, length == ABSENT ? null : take(in, length)));
            }
            if (in.hasRemaining()) {
                throw damaged();
            }
            return headers;
        } catch (BufferUnderflowException e) {
            throw damaged();
        }
    }

    private static byte[] take(ByteBuffer in, int length) {
        if (length < 0 || length > in.remaining()) {
            throw damaged();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static IllegalArgumentException damaged() {
        return new IllegalArgumentException("the headers' column cannot be read");
    }
}
