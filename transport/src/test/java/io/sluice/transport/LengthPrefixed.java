package io.sluice.transport;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** Frames that begin with a 32-bit length of what follows. */
record LengthPrefixed(Function<Connection, ConnectionHandler> handlers) implements Protocol {

    @Override
    public int prefixSize() {
        return 4;
    }

    @Override
    public int frameSize(ByteBuffer bytes) throws MalformedFrameException {
        int length = bytes.getInt(bytes.position());
        if (length < 0 || length > Integer.MAX_VALUE - 4) {
            throw new MalformedFrameException("a length of " + length);
        }
        return length + 4;
    }

    @Override
    public ConnectionHandler connected(Connection connection) {
        return handlers.apply(connection);
    }

    static byte[] frame(byte[] body) {
        return ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array();
    }

    /** Frames of random content, bodies up to a size. */
    static List<byte[]> frames(Random random, int count, int maxBody) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] body = new byte[random.nextInt(maxBody + 1)];
            random.nextBytes(body);
            frames.add(frame(body));
        }
        return frames;
    }

    static byte[] join(List<byte[]> frames) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        frames.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
