package io.sluice.system.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The judge of replicas sees one of each kind of mistake, and lets good files pass. */
final class ReplicaCheckerTest {

    private static final int BATCH_BYTES = 61;

    @TempDir Path home;

    /** A replica in two segments, of batches of so many records; -1: half a batch. */
    private Path replica(String broker, byte filler, int... counts) {
        ByteBuffer log = ByteBuffer.allocate(BATCH_BYTES * counts.length);
        long offset = 0;
        for (int count : counts) {
            int at = log.position();
            log.putLong(at, offset).putInt(at + 8, BATCH_BYTES - 12).putInt(at + 23, count - 1);
            log.put(at + BATCH_BYTES - 1, filler);
            log.position(at + BATCH_BYTES);
            offset += count;
        }
        return replica(broker, log.array());
    }

    private Path replica(String broker, byte[] log) {
        try {
            Path data = home.resolve(broker);
            Path folder = Files.createDirectories(data.resolve("t-0"));
            int half = log.length / 2;
            Files.write(
                    folder.resolve("00.log"), ByteBuffer.allocate(half).put(log, 0, half).array());
            byte[] rest = new byte[log.length - half];
            System.arraycopy(log, half, rest, 0, rest.length);
            Files.write(folder.resolve("01.log"), rest);
            return data;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void hasViolation(String name, Path... data) {
        assertThat(ReplicaChecker.violations(List.of(data), "t", 1))
                .anyMatch(violation -> violation.startsWith(name + ":"));
    }

    @Test
    void goodReplicasPass() {
        Path one = replica("1", (byte) 0, 3, 1);
        Path other = replica("2", (byte) 0, 3, 1);
        assertThat(ReplicaChecker.violations(List.of(one, other), "t", 1)).isEmpty();
    }

    @Test
    void otherBytesAreSeen() {
        hasViolation("replicas differ", replica("1", (byte) 0, 3), replica("2", (byte) 1, 3));
    }

    @Test
    void aShorterReplicaIsSeen() {
        hasViolation("replicas differ", replica("1", (byte) 0, 3), replica("2", (byte) 0, 3, 1));
    }

    @Test
    void aHoleIsSeen() {
        ByteBuffer log = ByteBuffer.allocate(BATCH_BYTES).putInt(8, BATCH_BYTES - 12);
        hasViolation("hole", replica("1", log.putLong(0, 7).array()));
    }

    @Test
    void aTornBatchIsSeen() {
        hasViolation("torn", replica("1", new byte[20]));
        hasViolation("torn", replica("2", new byte[BATCH_BYTES]));
    }
}
