package io.sluice.engine.partition;

import io.sluice.core.model.ErrorCode;
import java.util.function.Consumer;

/** Who delivers what waits in partitions; told on their loops. */
public interface ScheduleWatch {

    /** The partition leads here, in a new epoch. */
    void leading(Partition partition);

    /** Its leader appended something that a schedule reads; not committed yet. */
    void appended(Partition partition);

    /** Retention wants to give up what lies below the offset, but something waits there. */
    void heldBack(Partition partition, long wantedStart);

    /**
     * All below the offset is to be deleted by order, but something waits there: it goes once that
     * is carried, whoever leads by then.
     *
     * @param done called once: NONE when the order is safe
     */
    void delete(Partition partition, long upTo, Consumer<ErrorCode> done);

    /** Nobody does. */
    ScheduleWatch NONE =
            new ScheduleWatch() {
                @Override
                public void leading(Partition partition) {
                    // nothing waits
                }

                @Override
                public void appended(Partition partition) {
                    // it waits for the next broker
                }

                @Override
                public void heldBack(Partition partition, long wantedStart) {
                    // as above
                }

                @Override
                public void delete(Partition partition, long upTo, Consumer<ErrorCode> done) {
                    done.accept(ErrorCode.NONE); // as above
                }
            };
}
