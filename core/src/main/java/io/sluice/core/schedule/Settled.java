package io.sluice.core.schedule;

/**
 * Messages that wait no more: they are cancelled. Or only a new floor. Behind format and floor its
 * value has a count (int32) and the offsets (int64 each) of their newest {@link Later}.
 */
public record Settled(long floor, long... offsets) implements ScheduleRecord {

    @Override
    public byte[] key() {
        return ScheduleFormat.key(SETTLED);
    }

    @Override
    public byte[] value() {
        return ScheduleFormat.write(this);
    }
}
