package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.LogFaults;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.log.LogStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PartitionLifecycleTest {

    private final Bench bench = new Bench();

    private @Nullable Partition find(String topic, int number) {
        return bench.lifecycle.partitions().find(new TopicPartition(topic, number));
    }

    private List<ErrorCode> move(String topic, Path target) {
        List<ErrorCode> codes = new ArrayList<>();
        bench.lifecycle.move(new TopicPartition(topic, 0), target, codes::add);
        bench.settle();
        return codes;
    }

    @Test
    void opensWhatTheImageHoldsAndSaysWhen() {
        bench.metadata.put(bench.topic("t", 1, 30));
        bench.metadata.put(bench.topic("u", 2, 10));
        boolean[] ready = new boolean[1];
        bench.lifecycle.start(() -> {
            ready[0] = true;
            assertThat(bench.lifecycle.partitions().all()).hasSize(40);
        });
        assertThat(ready[0]).isFalse();
        bench.settle();
        assertThat(ready[0]).isTrue();
        assertThat(bench.store.mostOpening()).isEqualTo(8);
        long onFirst =
                bench.lifecycle.partitions().all().stream()
                        .filter(one -> one.loop() == bench.loops.getFirst())
                        .count();
        assertThat(onFirst).isEqualTo(20);
        assertThat(bench.lifecycle.partitions().find(new Uuid(7, 2), 9))
                .isSameAs(find("u", 9))
                .isNotNull();
    }

    /** An image from before the registration, or of another cluster, knows nothing of the disk. */
    @Test
    void whatIsNotItsOwnGoesOnceTheImageHoldsItsRegistration() {
        bench.metadata.put(bench.topic("t", 1, 2));
        bench.metadata.put(bench.topic("u", 2, 1));
        bench.start();
        assertThat(bench.store.kept()).isNull();
        bench.metadata.register(Bench.BROKER, 6);
        bench.metadata.remove("u");
        bench.metadata.put(elsewhere("v", 3));
        bench.brokerEpoch = 7;
        bench.crashAndRestart();
        bench.settle();
        assertThat(bench.store.kept()).as("registered before, and not yet now").isNull();
        bench.metadata.register(Bench.BROKER, 7);
        bench.settle();
        assertThat(bench.store.kept())
                .containsExactlyInAnyOrder(
                        new LogStore.Replica(new Uuid(7, 1), 0),
                        new LogStore.Replica(new Uuid(7, 1), 1));
        assertThat(bench.store.log(new TopicPartition("u", 0))).isNull();
        assertThat(find("t", 1)).isNotNull();
    }

    private static TopicImage elsewhere(String name, long id) {
        return MemoryMetadata.topic(name, new Uuid(7L, id), Bench.BROKER + 1, 1, 0);
    }

    private static TopicImage shared(int leader, int epoch) {
        return MemoryMetadata.shared(
                "t", new Uuid(7, 1), List.of(Bench.BROKER, Bench.BROKER + 1), leader, epoch);
    }

    @Test
    void tellsOfEveryEpochThatItLeadsOnceItCanBeFound() {
        List<Integer> epochs = new ArrayList<>();
        bench.lifecycle.onLeading(leads -> {
            assertThat(find("t", 0)).isSameAs(leads);
            assertThat(leads.endOfEpoch(0, -1).error()).isEqualTo(ErrorCode.NONE);
            epochs.add(leads.status().leaderEpoch());
        });
        bench.metadata.put(shared(Bench.BROKER, 0));
        bench.start();
        assertThat(epochs).containsExactly(0);
        bench.metadata.put(shared(Bench.BROKER + 1, 1));
        bench.settle();
        bench.metadata.put(shared(Bench.BROKER, 2));
        bench.settle();
        bench.metadata.put(shared(Bench.BROKER, 3));
        bench.settle();
        assertThat(epochs).containsExactly(0, 2, 3);
    }

    @Test
    void anEmptyBrokerIsReadyAtOnce() {
        assertThat(bench.start()).isTrue();
    }

    @Test
    void reportsWhereTheReplicasLie() {
        bench.metadata.put(bench.topic("t", 1, 2));
        bench.start();
        assertThat(bench.metadata.commands())
                .containsExactly(
                        new ControllerCommand.AssignDirectories(
                                Bench.BROKER,
                                new TreeMap<>(
                                        Map.of(
                                                new TopicPartition("t", 0),
                                                bench.store.directoryId(Bench.DIR_A),
                                                new TopicPartition("t", 1),
                                                bench.store.directoryId(Bench.DIR_A)))));
    }

    /**
     * An earlier run may be registered late: for a moment the directories of this one are unknown.
     */
    @Test
    void reportsAgainWhereAReplicaLiesThatWasNotPlaced() {
        bench.metadata.refuse(true);
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.start();
        bench.metadata.put(shared(Bench.BROKER, 1)); // which says where it lay before
        bench.settle();
        bench.metadata.refuse(false);
        bench.scheduler.advanceMs(1_000);
        ControllerCommand told =
                new ControllerCommand.AssignDirectories(
                        Bench.BROKER,
                        Map.of(new TopicPartition("t", 0), bench.store.directoryId(Bench.DIR_A)));
        assertThat(bench.metadata.commands()).containsExactly(told, told);
        bench.scheduler.advanceMs(60_000);
        assertThat(bench.metadata.commands()).hasSize(2);
    }

    @Test
    void followsNewTopicsPartitionsAndSettings() {
        bench.start();
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.settle();
        Partition first = bench.partition("t", 0);
        bench.metadata.put(bench.topic("t", 1, 3));
        bench.settle();
        assertThat(bench.partition("t", 0)).isSameAs(first);
        assertThat(find("t", 2)).isNotNull();
        bench.config = Configs.flush(TopicConfig.DEFAULT, TopicConfig.FlushMode.OS, Long.MAX_VALUE);
        bench.metadata.put(bench.topic("t", 1, 3));
        bench.settle();
        assertThat(first.config()).isEqualTo(bench.config);
        assertThat(bench.log("t", 0).config()).isEqualTo(bench.config);
    }

    @Test
    void aDeletedTopicAnswersWhoWaitsAndGoes() {
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.start();
        Partition partition = bench.partition("t", 0);
        MemoryLog log = bench.log("t", 0);
        List<Partition.AppendResult> waiting = Bench.append(partition, Batches.plain(1, 1L), -1);
        List<Integer> woken = new ArrayList<>();
        Bench.on(partition, () -> partition.watch(5, false, () -> woken.add(1)));
        bench.metadata.remove("t");
        bench.scheduler.runReady();
        assertThat(waiting)
                .extracting(Partition.AppendResult::error)
                .containsExactly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(woken).hasSize(1);
        bench.settle();
        assertThat(find("t", 0)).isNull();
        assertThat(log.isDeleted()).isTrue();
        assertThat(bench.store.log(new TopicPartition("t", 0))).isNull();
    }

    @Test
    void aTopicMadeAgainInOneImageStartsEmpty() {
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.start();
        Partition old = bench.partition("t", 0);
        Bench.append(old, Batches.plain(3, 1L), 1);
        bench.settle();
        bench.metadata.put(bench.topic("t", 2, 1));
        bench.settle();
        Partition fresh = bench.partition("t", 0);
        assertThat(fresh).isNotSameAs(old);
        assertThat(fresh.topicId()).isEqualTo(new Uuid(7, 2));
        Bench.on(fresh, () -> assertThat(fresh.status().logEndOffset()).isZero());
        assertThat(bench.lifecycle.partitions().find(new Uuid(7, 1), 0)).isNull();
        assertThat(bench.lifecycle.partitions().all()).hasSize(1);
    }

    @Test
    void aDamagedReplicaIsToldOfAndBeginsAnewOnceOthersHaveAll() {
        TopicPartition name = new TopicPartition("t", 0);
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.start();
        Bench.append(bench.partition("t", 0), Batches.plain(3, 1L), -1);
        bench.settle();
        bench.crashAndRestart();
        bench.store.faults(
                new LogFaults() {
                    @Override
                    public boolean damaged(TopicPartition partition) {
                        return true;
                    }
                });
        bench.settle();
        assertThat(bench.metadata.commands().getLast())
                .isEqualTo(
                        new ControllerCommand.AssignDirectories(
                                Bench.BROKER, Map.of(name, PartitionImage.LOST_DIRECTORY)));
        bench.metadata.put(
                MemoryMetadata.lost("t", new Uuid(7, 1), List.of(Bench.BROKER, 9), 9, 1));
        bench.settle();
        assertThat(bench.log("t", 0).endOffset()).isZero();
        assertThat(bench.metadata.commands().getLast())
                .isEqualTo(
                        new ControllerCommand.AssignDirectories(
                                Bench.BROKER, Map.of(name, bench.store.directoryId(Bench.DIR_A))));
        Partition anew = bench.partition("t", 0);
        bench.metadata.put(
                MemoryMetadata.lost("t", new Uuid(7, 1), List.of(Bench.BROKER, 9), 9, 2));
        bench.settle();
        assertThat(bench.partition("t", 0)).isSameAs(anew);
    }

    @Test
    void topicsThatComeAndGoQuicklyEndAsTheImageSays() {
        bench.start();
        for (int i = 1; i < 20; i++) {
            bench.metadata.put(bench.topic("t", i, 2));
            bench.scheduler.advanceMs(i % 4);
            if (i % 3 == 0) {
                bench.metadata.remove("t");
                bench.scheduler.advanceMs(i % 5);
            }
        }
        bench.settle();
        assertThat(bench.partition("t", 1).topicId()).isEqualTo(new Uuid(7, 19));
        assertThat(bench.lifecycle.partitions().all()).hasSize(2);
        assertThat(bench.log("t", 0).topicId()).isEqualTo(new Uuid(7, 19));
        bench.metadata.remove("t");
        bench.settle();
        assertThat(bench.lifecycle.partitions().all()).isEmpty();
        assertThat(bench.store.log(new TopicPartition("t", 0))).isNull();
    }

    @Test
    void aPartitionThatCannotBeOpenedIsOfflineAndOthersServe() {
        bench.store.faults(
                new LogFaults() {
                    @Override
                    public boolean failOpen(TopicPartition name) {
                        return name.partition() == 1;
                    }
                });
        bench.metadata.put(bench.topic("t", 1, 3));
        assertThat(bench.start()).isTrue();
        Partition offline = bench.partition("t", 1);
        assertThat(Bench.append(offline, Batches.plain(1, 1L), 1))
                .extracting(Partition.AppendResult::error)
                .containsExactly(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(Bench.fetch(offline, 0).error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(Bench.fetch(bench.partition("t", 2), 0).error()).isEqualTo(ErrorCode.NONE);
        bench.metadata.remove("t");
        bench.settle();
        assertThat(bench.lifecycle.partitions().all()).isEmpty();
    }

    @Test
    void aFailedDirectoryFailsItsPartitionsOnly() {
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.metadata.put(bench.topic("u", 2, 1));
        bench.start();
        assertThat(move("u", Bench.DIR_B)).containsExactly(ErrorCode.NONE);
        bench.store.fail(bench.store.directoryId(Bench.DIR_A), new IOException("EIO"));
        bench.settle();
        assertThat(Bench.fetch(bench.partition("t", 0), 0).error())
                .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(Bench.fetch(bench.partition("u", 0), 0).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void movesBetweenDirectories() {
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.start();
        bench.metadata.commands().clear();
        assertThat(move("t", Path.of("nowhere"))).containsExactly(ErrorCode.LOG_DIR_NOT_FOUND);
        assertThat(move("unknown", Bench.DIR_B))
                .containsExactly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(move("t", Bench.DIR_A)).containsExactly(ErrorCode.NONE);
        assertThat(bench.metadata.commands()).isEmpty();
        assertThat(move("t", Bench.DIR_B)).containsExactly(ErrorCode.NONE);
        assertThat(bench.log("t", 0).directoryId()).isEqualTo(bench.store.directoryId(Bench.DIR_B));
        assertThat(bench.metadata.commands()).hasSize(1);
        bench.store.fail(bench.store.directoryId(Bench.DIR_A), new IOException("EIO"));
        assertThat(move("t", Bench.DIR_A)).containsExactly(ErrorCode.KAFKA_STORAGE_ERROR);
    }

    @Test
    void closesInOrder() {
        bench.metadata.put(bench.topic("t", 1, 2));
        bench.start();
        Partition partition = bench.partition("t", 0);
        List<Partition.AppendResult> waiting = Bench.append(partition, Batches.plain(1, 1L), -1);
        boolean[] closed = new boolean[1];
        bench.lifecycle.close(() -> closed[0] = true);
        bench.scheduler.runReady();
        assertThat(closed[0]).isTrue();
        assertThat(waiting)
                .extracting(Partition.AppendResult::error)
                .containsExactly(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        bench.metadata.put(bench.topic("u", 2, 1));
        bench.settle();
        assertThat(find("u", 0)).isNull();
    }

    @Test
    void closesWhileItStillOpens() {
        bench.metadata.put(bench.topic("t", 1, 50));
        boolean[] closed = new boolean[1];
        bench.lifecycle.start(() -> {});
        bench.scheduler.advanceMs(1);
        bench.lifecycle.close(() -> closed[0] = true);
        bench.settle();
        assertThat(closed[0]).isTrue();
        assertThat(bench.lifecycle.partitions().all()).hasSizeLessThanOrEqualTo(8);
    }

    @Test
    void tenThousandPartitionsAreSmall() {
        SortedMap<String, TopicImage> topics = new TreeMap<>();
        for (int i = 0; i < 10_000; i++) {
            topics.put("topic" + i, bench.topic("topic" + i, i, 1));
        }
        bench.metadata.topics(topics);
        long before = usedBytes();
        bench.lifecycle.start(() -> {});
        bench.scheduler.advanceMs(30_000);
        assertThat(bench.lifecycle.partitions().all()).hasSize(10_000);
        long perPartition = (usedBytes() - before) / 10_000;
        assertThat(perPartition).as("bytes, the log in memory included").isLessThan(2_500L);
    }

    private static long usedBytes() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
