package io.sluice.kafka.codec;

import io.sluice.engine.log.FileSlice;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/** A region of a segment in the place where the codec expects records. */
public record FileRecords(FileSlice slice) implements BaseRecords {

    @Override
    public int sizeInBytes() {
        return slice.sizeInBytes();
    }

    @Override
    public RecordsSend<? extends BaseRecords> toSend() {
        throw new UnsupportedOperationException("sent by the transport, not by Kafka's network");
    }
}
