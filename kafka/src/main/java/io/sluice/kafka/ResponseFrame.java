package io.sluice.kafka;

import io.sluice.transport.Bytes;
import io.sluice.transport.FileRegion;
import io.sluice.transport.Outbound;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.requests.RequestHeader;

/** An answer as it goes out: headers from memory, records as regions of files. */
final class ResponseFrame {

    private static final int LENGTH_BYTES = 4;

    private final List<Outbound> parts;

    private ResponseFrame(List<Outbound> parts) {
        this.parts = parts;
    }

    static ResponseFrame of(RequestHeader request, ApiMessage answer) {
        return of(
                request.correlationId(),
                request.apiKey().responseHeaderVersion(request.apiVersion()),
                answer,
                request.apiVersion());
    }

    static ResponseFrame of(
            int correlationId, short headerVersion, ApiMessage answer, short version) {
        ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(correlationId);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        header.addSize(size, cache, headerVersion);
        answer.addSize(size, cache, version);
        Writer writer =
                new Writer(ByteBuffer.allocate(LENGTH_BYTES + size.sizeExcludingZeroCopy()));
        writer.writeInt(size.totalSize());
        header.write(writer, cache, headerVersion);
        answer.write(writer, cache, version);
        return new ResponseFrame(writer.finish());
    }

    List<Outbound> parts() {
        return parts;
    }

    void release() {
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
