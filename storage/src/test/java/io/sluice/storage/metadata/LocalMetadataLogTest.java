package io.sluice.storage.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metadata.MetadataLogContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

final class LocalMetadataLogTest extends MetadataLogContract {

    private static final Path FOLDER = Path.of("/data/metadata");
    private static final Path FIRST_LOG = FOLDER.resolve("metadata-00000000000000000000.log");

    private final CallerDrivenScheduler scheduler = new CallerDrivenScheduler(new ManualClock(0));
    private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    private final CrashingDisk disk = new CrashingDisk();

    @Override
    protected EventLoop loop() {
        return loop;
    }

    @Override
    protected MetadataLog open() {
        return new LocalMetadataLog(1, disk, FOLDER, new CallerDrivenIo(scheduler, () -> 1L), loop);
    }

    @Override
    protected void await(CompletableFuture<?> done) {
        while (!done.isDone() && scheduler.runNext()) {}
        assertThat(done).isDone();
    }

    private void idle() {
        while (scheduler.runNext()) {}
    }

    private MetadataLog holding(String... entries) {
        MetadataLog log = open();
        start(log);
        for (String entry : entries) {
            get(append(log, entry));
        }
        return log;
    }

    /** Why a start fails, or what it told. */
    private String startOver() {
        Told told = new Told();
        CompletableFuture<Long> started = new CompletableFuture<>();
        MetadataLog log = open();
        log.start(told, completing(started));
        await(started);
        try {
            started.join();
            close(log);
            idle();
            return String.join(" ", told.all());
        } catch (CompletionException e) {
            return e.toString();
        }
    }

    @Test
    void entriesThatWaitShareAForce() {
        MetadataLog log = holding();
        long before = disk.calls();
        List<CompletableFuture<Long>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(append(log, "e" + i));
        }
        all.forEach(this::get);
        assertThat(disk.calls() - before).as("two writes and a force, twice").isEqualTo(6);
    }

    @Test
    void aSnapshotLeavesOneLogAndOneState() {
        MetadataLog log = holding("a", "b");
        get(snapshot(log, 1, "ab"));
        get(append(log, "c"));
        get(snapshot(log, 2, "abc"));
        idle();
        assertThat(disk.names())
                .containsExactly(
                        "metadata-00000000000000000002.snapshot",
                        "metadata-00000000000000000003.log");
    }

    @Test
    void aFlippedBitIsNamedAndNothingIsLostInSilence() {
        MetadataLog log = holding("first", "second", "third");
        close(log);
        idle();
        byte[] sound = disk.bytes(FIRST_LOG);
        int refused = 0;
        for (int bit = 0; bit < sound.length * 8; bit++) {
            disk.put(FIRST_LOG, sound);
            disk.flip(FIRST_LOG, bit);
            String outcome = startOver();
            if (!outcome.equals("first second third")) {
                assertThat(outcome).as("bit %d", bit).contains("is damaged at byte");
                refused++;
            }
        }
        int mark = MetadataFormat.BLOCK_HEADER_BYTES;
        assertThat(refused).isEqualTo((sound.length - mark) * 8);
    }

    @Test
    void theLastEntryIsGuardedEvenAfterAKill() {
        holding("first", "second");
        byte[] left = disk.bytes(FIRST_LOG);
        disk.flip(FIRST_LOG, (left.length - MetadataFormat.BLOCK_HEADER_BYTES - 1) * 8);
        assertThat(startOver()).contains("is damaged at byte");
    }

    @Test
    void aFlippedBitInASnapshotIsNamed() {
        MetadataLog log = holding("a", "b");
        get(snapshot(log, 1, "state"));
        close(log);
        idle();
        Path snapshot = FOLDER.resolve("metadata-00000000000000000001.snapshot");
        byte[] sound = disk.bytes(snapshot);
        for (int bit = 0; bit < sound.length * 8; bit++) {
            disk.put(snapshot, sound);
            disk.flip(snapshot, bit);
            assertThat(startOver()).as("bit %d", bit).contains("is damaged at byte");
        }
    }

    @Test
    void aMissingLogIsNamed() throws IOException {
        MetadataLog log = holding("a", "b");
        get(snapshot(log, 1, "ab"));
        get(append(log, "c"));
        close(log);
        idle();
        disk.delete(FOLDER.resolve("metadata-00000000000000000002.log"));
        assertThat(startOver()).contains("the log with the metadata entry 2 is missing");
    }

    @Test
    void anotherVersionIsNamed() {
        close(holding("a"));
        idle();
        byte[] bytes = disk.bytes(FIRST_LOG);
        bytes[7] = 9;
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(bytes, 0, 16);
        java.nio.ByteBuffer.wrap(bytes).putInt(16, (int) crc.getValue());
        disk.put(FIRST_LOG, bytes);
        assertThat(startOver()).contains("it has version 9, this broker reads 1");
    }

    @Test
    void aTornEndIsCut() {
        close(holding("first", "second"));
        idle();
        byte[] sound = disk.bytes(FIRST_LOG);
        int entry = MetadataFormat.BLOCK_HEADER_BYTES + 4 + "second".length();
        int mark = MetadataFormat.BLOCK_HEADER_BYTES;
        for (int length = sound.length - mark - entry; length < sound.length - mark; length++) {
            disk.put(FIRST_LOG, java.util.Arrays.copyOf(sound, length));
            assertThat(startOver()).as("%d bytes", length).isEqualTo("first");
        }
        disk.put(FIRST_LOG, java.util.Arrays.copyOf(sound, sound.length - mark));
        assertThat(startOver()).isEqualTo("first second");
    }

    @Test
    void afterAFailedForceNothingIsTaken() {
        MetadataLog log = holding("a");
        disk.failFrom(disk.calls() + 2);
        CompletableFuture<Long> lost = append(log, "lost");
        await(lost);
        assertThat(lost).isCompletedExceptionally();
        disk.failFrom(Long.MAX_VALUE);
        CompletableFuture<Long> late = append(log, "late");
        await(late);
        assertThat(late).isCompletedExceptionally();
        close(log);
        disk.crash(new Random(1));
        assertThat(startOver()).startsWith("a").doesNotContain("late");
    }

    @Test
    void aFailedSnapshotLeavesTheLogWorking() {
        MetadataLog log = holding("a");
        disk.failFrom(disk.calls() + 1);
        CompletableFuture<Long> failed = snapshot(log, 0, "a");
        await(failed);
        assertThat(failed).isCompletedExceptionally();
        disk.failFrom(Long.MAX_VALUE);
        get(append(log, "b"));
        get(snapshot(log, 1, "ab"));
        close(log);
        idle();
        assertThat(startOver()).isEqualTo("*ab");
    }
}
