package io.sluice.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Bytes from memory, position to limit. */
public record Bytes(ByteBuffer buffer) implements Outbound {

    @Override
    public long remaining() {
        return buffer.remaining();
    }

    @Override
    public ByteBuffer inMemory(ByteBuffer room) {
        return buffer;
    }

    @Override
    public long writeTo(WritableByteChannel channel) throws IOException {
        return channel.write(buffer);
    }

    @Override
    public void release() {
        // Heap memory; nothing to give back.
    }
}
