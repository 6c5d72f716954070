package io.sluice.engine.partition;

/** Who delivers what waits in partitions; told on their loops. */
public interface ScheduleWatch {

    /** The partition leads here, in a new epoch. */
    void leading(Partition partition);

    /** Its leader appended something that a schedule reads; not committed yet. */
    void appended(Partition partition);

    /** Retention wants to give up what lies below the offset, but something waits there. */
    void heldBack(Partition partition, long wantedStart);

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
            };
}
