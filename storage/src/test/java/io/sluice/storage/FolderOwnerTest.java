package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.SimDisk;
import io.sluice.engine.log.ReplicaLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whose a folder is that was there before: topics of one name come and go. */
class FolderOwnerTest {

    private static final Path A = Path.of("/a");
    private static final Path FOLDER = A.resolve(Fixture.T0.toString());
    private static final Path METADATA = FOLDER.resolve(LogFolder.METADATA);
    private static final TopicConfig CONFIG = Configs.DEFAULT.build();
    private static final Uuid NEXT_TOPIC = new Uuid(0x10, 0x2);

    private final SimDisk disk = new SimDisk(new Random(1));

    private void written(boolean flushed) throws IOException {
        Fixture fixture = new Fixture(disk, A);
        PartitionLog log = fixture.open(CONFIG);
        fixture.append(log, Batches.plain(3, 1L));
        if (flushed) {
            assertThat(fixture.flush(log)).isEqualTo(3);
        }
        fixture.kill();
    }

    private void says(String text) throws IOException {
        try (DiskFile file = disk.open(METADATA, Disk.Mode.TRUNCATE)) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        }
    }

    private long endOf(Uuid topic) throws IOException {
        Fixture fixture = new Fixture(disk, A);
        Fixture.Outcome<ReplicaLog> opened = new Fixture.Outcome<>();
        fixture.store().open(Fixture.T0, topic, Uuid.ZERO, CONFIG, fixture.loop, opened);
        return fixture.await(opened).endOffset();
    }

    /** Records that a power cut left by chance, without the file that tells whose they are. */
    @Test
    void recordsThatNobodyFlushedAreNotTheNextTopicsOfThatName() throws IOException {
        written(false);
        says("");
        assertThat(endOf(NEXT_TOPIC)).isZero();
    }

    @Test
    void theNextTopicOfThatNameBeginsEmpty() throws IOException {
        written(true);
        assertThat(endOf(NEXT_TOPIC)).isZero();
    }

    @Test
    void whatWasFlushedIsKeptByItsTopicWhereTheFolderSaysNothing() throws IOException {
        written(true);
        says("");
        assertThat(endOf(Fixture.TOPIC)).isEqualTo(3);
        assertThat(LogFolder.topicId(disk, FOLDER)).isEqualTo(Fixture.TOPIC);
    }

    /** A turned bit in the file is no reason to throw records away. */
    @Test
    void whatWasFlushedIsNotThrownAwayWhereTheFolderSaysAnotherTopic() throws IOException {
        written(true);
        says("version: 0\ntopic_id: " + NEXT_TOPIC + "\n");
        assertThatThrownBy(() -> endOf(Fixture.TOPIC))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining(NEXT_TOPIC.toString())
                .hasMessageContaining("up to offset 3");
        says("version: 0\ntopic_id: " + Fixture.TOPIC + "\n");
        assertThat(endOf(Fixture.TOPIC)).as("put right by hand").isEqualTo(3);
    }
}
