package io.sluice.kafka.codec;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.jspecify.annotations.Nullable;

/**
 * A request's bytes, read under bounds (I-29). Every length is checked against the bytes that are
 * there before anything is allocated for it. The elements of all arrays of a request are counted
 * together, for a small frame of empty elements would become many times its size in objects. Tagged
 * fields that nobody knows are skipped, not kept; those of {@link ReplicaFields}, {@link
 * SettleField} and {@link ShareStates} are ours.
 *
 * <p>The message classes read an array's length and then ask {@link #remaining} whether it can be
 * true; that question is where elements are counted. A test holds them to it.
 */
public final class BoundedReadable implements Readable {

    /** Elements of all arrays in one request. */
    public static final int MAX_ELEMENTS = 400_000;

    private final ByteBuffer buffer;
    private final ByteBufferAccessor varints;
    private int lastLength;
    private long elements;

    /** Reads from the buffer's position to its limit, and moves the position. */
    public BoundedReadable(ByteBuffer buffer) {
        this.buffer = buffer;
        this.varints = new ByteBufferAccessor(buffer);
    }

    @Override
    public byte readByte() {
        require(Byte.BYTES);
        return buffer.get();
    }

    @Override
    public short readShort() {
        require(Short.BYTES);
        return buffer.getShort();
    }

    @Override
    public int readInt() {
        require(Integer.BYTES);
        lastLength = buffer.getInt();
        return lastLength;
    }

    @Override
    public long readLong() {
        require(Long.BYTES);
        return buffer.getLong();
    }

    @Override
    public double readDouble() {
        require(Double.BYTES);
        return buffer.getDouble();
    }

    @Override
    public byte[] readArray(int length) {
        require(length);
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    @Override
    public ByteBuffer readByteBuffer(int length) {
        require(length);
        ByteBuffer bytes = buffer.slice(buffer.position(), length);
        buffer.position(buffer.position() + length);
        return bytes;
    }

    @Override
    public int readUnsignedVarint() {
        int value = varints.readUnsignedVarint();
        lastLength = value - 1; // a compact array says its length and one
        return value;
    }

    @Override
    public int readVarint() {
        return varints.readVarint();
    }

    @Override
    public long readVarlong() {
        return varints.readVarlong();
    }

    @Override
    public int remaining() {
        int counted = lastLength;
        lastLength = 0;
        if (counted > buffer.remaining()) {
            throw new MalformedRequestException(
                    "an array of %d elements in %d bytes".formatted(counted, buffer.remaining()));
        }
        elements += Math.max(0, counted);
        if (elements > MAX_ELEMENTS) {
            throw new MalformedRequestException(
                    "more than %d elements in a request: ask for less at once"
                            .formatted(MAX_ELEMENTS));
        }
        return buffer.remaining();
    }

    @Override
    public Readable slice() {
        return new BoundedReadable(buffer.slice());
    }

    @Override
    public @Nullable List<RawTaggedField> readUnknownTaggedField(
            @Nullable List<RawTaggedField> fields, int tag, int size) {
        require(size);
        boolean ours =
                tag == ReplicaFields.DURABLE_END_TAG
                        || tag == SettleField.START_TAG
                        || tag == ShareStates.DETAIL_TAG
                        || tag == AgainField.TAG
                        || tag == AnswerField.TAG;
        boolean fits =
                size == Long.BYTES
                        || (tag == ShareStates.DETAIL_TAG && size == ShareStates.LONG_DETAIL_BYTES);
        if (ours && fits && fields == null) {
            return new ArrayList<>(List.of(new RawTaggedField(tag, readArray(size))));
        }
        buffer.position(buffer.position() + size);
        return fields;
    }

    private void require(int bytes) {
        if (bytes < 0 || bytes > buffer.remaining()) {
            throw new MalformedRequestException(
                    "%d bytes wanted, %d left".formatted(bytes, buffer.remaining()));
        }
    }
}
