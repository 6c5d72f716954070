package io.sluice.system.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand members in one group of either protocol, and two thousand groups of one member,
 * through real sockets, with a kill -9 while the broker shares partitions out: everybody goes on as
 * the member it was, and what was committed is there.
 */
final class ManyMembersTest {

    private static final int MEMBERS = 1_000;

    /** Connections of those who are answered at once. */
    private static final int SHARED = 50;

    private static final String TOPIC = "many";
    private static final String LONE = "lone";
    private static final String CLASSIC = "classic";
    private static final String CONSUMER = "consumer";
    private static final String SOLO_CLASSIC = "solo-classic-";
    private static final String SOLO_CONSUMER = "solo-consumer-";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long MAX_RESIDENT_KB = 1_000_000;

    private final List<Wire> wires = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @Test
    void allGoOnAfterAKill(@TempDir Path home) throws Exception {
        try (BrokerProcess broker =
                BrokerProcess.start(
                        home,
                        "group.initial.rebalance.delay.ms=1000",
                        "group.consumer.heartbeat.interval.ms=1000")) {
            Clients.createTopic(broker.bootstrap(), TOPIC, MEMBERS, Map.of());
            Clients.createTopic(broker.bootstrap(), LONE, 1, Map.of());
            Uuid many = topicId(broker, TOPIC);
            Uuid lone = topicId(broker, LONE);
            try (Wire wire = new Wire(broker.bootstrap())) {
                awaitCoordinator(wire);
            }
            List<WireClassicMember> members = new ArrayList<>();
            List<WireClassicMember> soloists = new ArrayList<>();
            for (int i = 0; i < MEMBERS; i++) {
                Wire wire = wire(broker);
                members.add(new WireClassicMember(wire, CLASSIC));
                soloists.add(new WireClassicMember(wire, SOLO_CLASSIC + i));
            }
            joinAndCommit(members, soloists);

            List<WireMember> group = new ArrayList<>();
            List<WireMember> alone = new ArrayList<>();
            for (int i = 0; i < MEMBERS; i++) {
                Wire wire = i < SHARED ? wire(broker) : wires.get(MEMBERS + i % SHARED);
                group.add(new WireMember(wire, CONSUMER, TOPIC, many));
                alone.add(new WireMember(wire, SOLO_CONSUMER + i, LONE, lone));
            }
            all(i -> () -> alone.get(i).beat());
            settle(broker, group);
            assertThat(alone).allSatisfy(one -> assertThat(one.owned()).containsExactly(0));
            all(i ->
                    () -> {
                        assertThat(awaitHeartbeat(members.get(i))).isEqualTo(Errors.NONE);
                        assertThat(awaitHeartbeat(soloists.get(i))).isEqualTo(Errors.NONE);
                        int epoch = alone.get(i).epoch();
                        alone.get(i).beat();
                        assertThat(alone.get(i).epoch()).isEqualTo(epoch);
                    });
            assertCommitted(broker);
            assertThat(residentKb(broker)).isLessThan(MAX_RESIDENT_KB);
            assertThat(broker.stop()).isZero();
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
            threads.close();
        }
    }

    private Wire wire(BrokerProcess broker) {
        Wire wire = new Wire(broker.bootstrap());
        wires.add(wire);
        return wire;
    }

    private interface Step {
        void run() throws Exception;
    }

    /** Does something for every number at once. */
    private void all(IntFunction<Step> steps) throws Exception {
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < MEMBERS; i++) {
            Step step = steps.apply(i);
            calls.add(() -> {
                step.run();
                return true;
            });
        }
        for (Future<Boolean> call : threads.invokeAll(calls)) {
            assertThat(call.get()).isTrue();
        }
    }

    private void joinAndCommit(List<WireClassicMember> members, List<WireClassicMember> soloists)
            throws Exception {
        all(i -> () -> members.get(i).join());
        assertThat(members.stream().map(WireClassicMember::part)).doesNotHaveDuplicates();
        assertThat(members.stream().map(WireClassicMember::generation).distinct()).hasSize(1);
        all(i -> () -> soloists.get(i).join());
        all(i ->
                () -> {
                    members.get(i)
                            .commit(TOPIC, members.get(i).part(), 1_000 + members.get(i).part());
                    soloists.get(i).commit(LONE, 0, i);
                });
    }

    /** Rounds of heartbeats, the second with a kill, until each has its one partition. */
    private void settle(BrokerProcess broker, List<WireMember> group) throws Exception {
        all(i -> () -> group.get(i).beat());
        assertThat(isShared(group)).as("who was first has too much still").isFalse();
        Thread killer =
                Thread.ofPlatform()
                        .start(() -> {
                            broker.kill();
                            broker.restart();
                        });
        all(i -> () -> group.get(i).beat());
        killer.join();
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!isShared(group)) {
            assertThat(System.nanoTime()).as("it does not settle").isLessThan(deadline);
            all(i -> () -> group.get(i).beat());
        }
    }

    /** No two read one partition, ever; whether all is read and everybody has a part. */
    private static boolean isShared(List<WireMember> group) {
        Set<Integer> read = new HashSet<>();
        for (WireMember member : group) {
            for (int partition : member.owned()) {
                assertThat(read.add(partition))
                        .as("partition %d is read twice", partition)
                        .isTrue();
            }
        }
        return read.size() == MEMBERS && group.stream().allMatch(one -> one.owned().size() == 1);
    }

    private static Errors awaitHeartbeat(WireClassicMember member) {
        Errors[] answer = {Errors.UNKNOWN_SERVER_ERROR};
        Await.until(
                "the coordinator has loaded",
                LIMIT,
                () -> {
                    try {
                        answer[0] = member.heartbeat();
                        return answer[0] != Errors.COORDINATOR_LOAD_IN_PROGRESS
                                && answer[0] != Errors.NOT_COORDINATOR;
                    } catch (IOException cut) {
                        return false;
                    }
                });
        return answer[0];
    }

    private static void awaitCoordinator(Wire wire) {
        FindCoordinatorRequestData request =
                new FindCoordinatorRequestData().setCoordinatorKeys(List.of(CLASSIC));
        Await.until(
                "a coordinator",
                LIMIT,
                () -> {
                    try {
                        return wire.call(
                                                ApiKeys.FIND_COORDINATOR,
                                                4,
                                                request,
                                                FindCoordinatorResponseData.class)
                                        .coordinators()
                                        .getFirst()
                                        .errorCode()
                                == Errors.NONE.code();
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
    }

    private static Uuid topicId(BrokerProcess broker, String topic) throws Exception {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            return requireNonNull(
                            admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic))
                    .topicId();
        }
    }

    private static void assertCommitted(BrokerProcess broker) throws Exception {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            assertThat(admin.listGroups().all().get()).hasSize(2 * MEMBERS + 2);
            Map<TopicPartition, OffsetAndMetadata> ofGroup =
                    admin.listConsumerGroupOffsets(CLASSIC)
                            .partitionsToOffsetAndMetadata(CLASSIC)
                            .get();
            assertThat(ofGroup).hasSize(MEMBERS);
            ofGroup.forEach((partition, offset) ->
                    assertThat(offset.offset()).isEqualTo(1_000 + partition.partition()));
            Map<String, ListConsumerGroupOffsetsSpec> specs = new HashMap<>();
            for (int i = 0; i < MEMBERS; i++) {
                specs.put(SOLO_CLASSIC + i, new ListConsumerGroupOffsetsSpec());
            }
            admin.listConsumerGroupOffsets(specs)
                    .all()
                    .get()
                    .forEach((name, offsets) -> {
                        OffsetAndMetadata offset = offsets.get(new TopicPartition(LONE, 0));
                        int number = Integer.parseInt(name.substring(SOLO_CLASSIC.length()));
                        assertThat(requireNonNull(offset).offset()).isEqualTo(number);
                    });
        }
    }

    private static long residentKb(BrokerProcess broker) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + broker.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
