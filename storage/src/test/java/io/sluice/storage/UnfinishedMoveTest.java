package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A move between log directories that a crash or a stop cuts short. */
class UnfinishedMoveTest {

    private static final Path A = Path.of("/a");
    private static final Path B = Path.of("/b");
    private static final TopicConfig CONFIG = Configs.DEFAULT.build();

    private final SimDisk disk = new SimDisk(new Random(1));

    private Path copy() {
        return LogFolder.future(B, Fixture.T0, Fixture.TOPIC);
    }

    /** A log in the first directory with its copy begun in the second. */
    private Fixture begun() throws IOException {
        Fixture fixture = new Fixture(disk, A, B);
        PartitionLog log = fixture.open(CONFIG);
        assertThat(log.directory().path()).isEqualTo(A);
        fixture.store().move(log, B, new Fixture.Outcome<>());
        while (!disk.isDirectory(copy())) {
            assertThat(fixture.scheduler.runNext()).isTrue();
        }
        return fixture;
    }

    @Test
    void itIsToldOnceAtTheNextStart() throws IOException {
        begun();
        Fixture next = new Fixture(disk, A, B);
        PartitionLog log = next.open(CONFIG);
        assertThat(log.directory().path()).isEqualTo(A);
        assertThat(next.store().unfinishedMove(log)).contains(B);
        assertThat(next.store().unfinishedMove(log)).isEmpty();
        Fixture.Outcome<Uuid> moved = new Fixture.Outcome<>();
        next.store().move(log, B, moved);
        next.await(moved);
        assertThat(log.directory().path()).isEqualTo(B);
        assertThat(disk.isDirectory(copy())).isFalse();
    }

    @Test
    void aCleanStopKeepsItToo() throws IOException {
        Fixture fixture = begun();
        boolean[] closed = new boolean[1];
        fixture.store().close(1, () -> closed[0] = true);
        fixture.run();
        assertThat(closed[0]).isTrue();
        Fixture next = new Fixture(disk, A, B);
        assertThat(next.store().unfinishedMove(next.open(CONFIG))).contains(B);
    }

    @Test
    void theCopyOfATopicThatIsGoneGoesToo() throws IOException {
        begun();
        Fixture next = new Fixture(disk, A, B);
        next.store().deleteStrays(Set.of());
        next.run();
        assertThat(disk.isDirectory(copy())).isFalse();
        assertThat(disk.list(A).stream().map(Path::getFileName).map(Path::toString))
                .noneMatch(name -> name.startsWith("orders"));
    }

    @Test
    void theNameTellsWhoseItIsHoweverLongTheTopic() {
        Uuid id = new Uuid(-1L, 5L);
        for (String topic : List.of("t", "with-7", "x".repeat(249))) {
            String name =
                    LogFolder.future(A, new TopicPartition(topic, 12), id).getFileName().toString();
            assertThat(name.length()).isLessThanOrEqualTo(255);
            assertThat(LogFolder.futureOf(name)).contains(new LogFolder.Future(id, 12));
        }
        assertThat(LogFolder.futureOf("orders-1")).isEmpty();
        assertThat(LogFolder.futureOf("orders-1.ab-delete")).isEmpty();
    }
}
