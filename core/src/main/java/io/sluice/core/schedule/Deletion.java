package io.sluice.core.schedule;

/**
 * Somebody ordered that all below an offset is deleted, and messages waited there. Whoever leads
 * carries them, and then deletes. Behind format and floor its value has the offset (int64).
 *
 * @param upTo exclusive
 */
public record Deletion(long floor, long upTo) implements ScheduleRecord {

    @Override
    public byte[] key() {
        return ScheduleFormat.key(DELETION);
    }

    @Override
    public byte[] value() {
        return ScheduleFormat.begin(floor, Long.BYTES).putLong(upTo).array();
    }
}
