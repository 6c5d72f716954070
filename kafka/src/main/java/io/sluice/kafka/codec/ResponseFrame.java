package io.sluice.kafka.codec;

import io.sluice.transport.Bytes;
import io.sluice.transport.FileRegion;
import io.sluice.transport.Outbound;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;

/** An answer as it goes out: fields from memory, records as regions of files. */
public final class ResponseFrame {

    /** Bytes of an answer from memory; more is a defect of the handler that let it grow so. */
    private static final int MAX_BYTES = 256 << 20;

    private static final int LENGTH_BYTES = 4;
    private static final int CORRELATION_BYTES = 4;

    private final List<Outbound> parts;

    private ResponseFrame(List<Outbound> parts) {
        this.parts = parts;
    }

    /** The answer to that request, in its version. */
    public static ResponseFrame of(RequestHead request, ApiMessage answer) {
        return of(request, answer, request.version());
    }

    /** The answer in another version than the request's, for one that came in none we serve. */
    public static ResponseFrame of(RequestHead request, ApiMessage answer, short version) {
        boolean flexible = request.api().hasFlexibleAnswerHeader(version);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        size.addBytes(CORRELATION_BYTES + (flexible ? 1 : 0));
        answer.addSize(size, cache, version);
        if (size.sizeExcludingZeroCopy() < 0 || size.sizeExcludingZeroCopy() > MAX_BYTES) {
            throw new IllegalStateException(
                    "an answer to %s of more than %d bytes".formatted(request, MAX_BYTES));
        }
        Writer writer =
                new Writer(ByteBuffer.allocate(LENGTH_BYTES + size.sizeExcludingZeroCopy()));
        writer.writeInt(size.totalSize());
        writer.writeInt(request.correlationId());
        if (flexible) {
            writer.writeUnsignedVarint(0); // no tagged fields
        }
        answer.write(writer, cache, version);
        return new ResponseFrame(writer.finish());
    }

    /** What goes to the connection, which releases it. */
    public List<Outbound> parts() {
        return parts;
    }

    /** Drops an answer that will not be sent. */
    public void release() {
        parts.forEach(Outbound::release);
    }

    /** Writes into one buffer, and cuts it where records go by themselves. */
    private static final class Writer implements Writable {

        private final ByteBuffer buffer;
        private final ByteBufferAccessor out;
        private final List<Outbound> parts = new ArrayList<>(4);
        private int cutAt;

        Writer(ByteBuffer buffer) {
            this.buffer = buffer;
            this.out = new ByteBufferAccessor(buffer);
        }

        @Override
        public void writeRecords(BaseRecords records) {
            if (records instanceof FileRecords region) {
                cut();
                parts.add(new FileRegion(region.slice()));
            } else if (records.sizeInBytes() > 0) {
                throw new IllegalStateException("records from memory: " + records);
            }
        }

        private void cut() {
            if (buffer.position() > cutAt) {
                parts.add(new Bytes(buffer.slice(cutAt, buffer.position() - cutAt)));
                cutAt = buffer.position();
            }
        }

        List<Outbound> finish() {
            cut();
            return parts;
        }

        @Override
        public void writeByte(byte value) {
            out.writeByte(value);
        }

        @Override
        public void writeShort(short value) {
            out.writeShort(value);
        }

        @Override
        public void writeInt(int value) {
            out.writeInt(value);
        }

        @Override
        public void writeLong(long value) {
            out.writeLong(value);
        }

        @Override
        public void writeDouble(double value) {
            out.writeDouble(value);
        }

        @Override
        public void writeByteArray(byte[] value) {
            out.writeByteArray(value);
        }

        @Override
        public void writeUnsignedVarint(int value) {
            out.writeUnsignedVarint(value);
        }

        @Override
        public void writeByteBuffer(ByteBuffer value) {
            out.writeByteBuffer(value);
        }

        @Override
        public void writeVarint(int value) {
            out.writeVarint(value);
        }

        @Override
        public void writeVarlong(long value) {
            out.writeVarlong(value);
        }
    }
}
