package io.sluice.core.controller;

import io.sluice.core.controller.ControllerCommand.AllocateProducerIds;
import io.sluice.core.controller.ControllerCommand.AlterConfigs;
import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.AssignDirectories;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.BrokerHeartbeat;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.CreatePartitions;
import io.sluice.core.controller.ControllerCommand.CreateTopics;
import io.sluice.core.controller.ControllerCommand.DeleteTopics;
import io.sluice.core.controller.ControllerCommand.ElectLeaders;
import io.sluice.core.controller.ControllerCommand.FenceBrokers;
import io.sluice.core.controller.ControllerCommand.InitializeCluster;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerCommand.NewPartitions;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerCommand.PartitionLoad;
import io.sluice.core.controller.ControllerCommand.Reassignment;
import io.sluice.core.controller.ControllerCommand.RegisterBroker;
import io.sluice.core.controller.ControllerCommand.ReportLoads;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.controller.ControllerCommand.TopicRef;
import io.sluice.core.controller.ControllerCommand.UnregisterBroker;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Commands as bytes, on their way from a broker to the acting controller: a format version, the
 * command's number and its fields. They live no longer than the question; what was decided is in
 * the log as events.
 */
public final class ControllerCommandCodec {

    private static final byte FORMAT = 1;

    private static final byte INITIALIZE_CLUSTER = 1;
    private static final byte REGISTER_BROKER = 2;
    private static final byte BROKER_HEARTBEAT = 3;
    private static final byte FENCE_BROKERS = 4;
    private static final byte UNREGISTER_BROKER = 5;
    private static final byte ALTER_PARTITIONS = 6;
    private static final byte ELECT_LEADERS = 7;
    private static final byte ALTER_REASSIGNMENTS = 8;
    private static final byte CREATE_TOPICS = 9;
    private static final byte DELETE_TOPICS = 10;
    private static final byte CREATE_PARTITIONS = 11;
    private static final byte ALTER_CONFIGS = 12;
    private static final byte ALLOCATE_PRODUCER_IDS = 13;
    private static final byte ASSIGN_DIRECTORIES = 14;
    private static final byte REPORT_LOADS = 15;
    private static final byte BALANCE_REASSIGNMENTS = 16;

    private static final ResourceType[] RESOURCE_TYPES = ResourceType.values();
    private static final OperationType[] OPERATION_TYPES = OperationType.values();

    private ControllerCommandCodec() {}

    public static ByteBuffer encode(ControllerCommand command) {
        ByteWriter out = new ByteWriter();
        out.int8(FORMAT);
        write(command, out);
        return out.toBuffer();
    }

    /**
     * The command; the buffer is read to its end.
     *
     * @throws IllegalArgumentException if it is of a format or number that this version does not
     *     know, or is no command at all
     */
    public static ControllerCommand decode(ByteBuffer bytes) {
        return ByteReader.whole(bytes, FORMAT, "a command", ControllerCommandCodec::read);
    }

    private static void write(ControllerCommand command, ByteWriter out) {
        switch (command) {
            case InitializeCluster c -> {
                out.int8(INITIALIZE_CLUSTER);
                out.uuid(c.clusterId());
            }
            case RegisterBroker c -> register(c, out);
            case BrokerHeartbeat c -> heartbeat(c, out);
            case FenceBrokers c -> {
                out.int8(FENCE_BROKERS);
                out.list(c.brokers(), broker -> write(broker, out));
            }
            case UnregisterBroker c -> {
                out.int8(UNREGISTER_BROKER);
                out.int32(c.brokerId());
            }
            case AlterPartitions c -> {
                out.int8(ALTER_PARTITIONS);
                out.int32(c.brokerId());
                out.int64(c.brokerEpoch());
                out.list(c.changes(), change -> write(change, out));
            }
            case ElectLeaders c -> {
                out.int8(ELECT_LEADERS);
                out.bool(c.unclean());
                out.list(c.partitions(), partition -> write(partition, out));
            }
            case AlterReassignments c -> {
                out.int8(c.byBalance() ? BALANCE_REASSIGNMENTS : ALTER_REASSIGNMENTS);
                out.bool(c.mayChangeFactor());
                out.list(
                        c.reassignments(),
                        one -> {
                            write(one.partition(), out);
                            out.optional(one.replicas(), out::int32s);
                        });
            }
            case ReportLoads c -> {
                out.int8(REPORT_LOADS);
                out.int32(c.brokerId());
                out.int64(c.brokerEpoch());
                out.list(
                        c.loads(),
                        load -> {
                            out.uuid(load.topicId());
                            out.int32(load.partition());
                            out.int64(load.bytesIn());
                            out.int64(load.bytesOut());
                        });
            }
            case CreateTopics c -> {
                out.int8(CREATE_TOPICS);
                out.bool(c.validateOnly());
                out.list(c.topics(), topic -> write(topic, out));
            }
            case DeleteTopics c -> {
                out.int8(DELETE_TOPICS);
                out.list(
                        c.topics(),
                        topic -> {
                            out.optional(topic.name());
                            out.uuid(topic.id());
                        });
            }
            case CreatePartitions c -> {
                out.int8(CREATE_PARTITIONS);
                out.bool(c.validateOnly());
                out.list(
                        c.topics(),
                        topic -> {
                            out.text(topic.topic());
                            out.int32(topic.count());
                            out.list(topic.assignments(), out::int32s);
                        });
            }
            case AlterConfigs c -> {
                out.int8(ALTER_CONFIGS);
                out.bool(c.validateOnly());
                out.list(c.changes(), change -> write(change, out));
            }
            case AllocateProducerIds c -> {
                out.int8(ALLOCATE_PRODUCER_IDS);
                out.int32(c.brokerId());
                out.int32(c.count());
            }
            case AssignDirectories c -> {
                out.int8(ASSIGN_DIRECTORIES);
                out.int32(c.brokerId());
                out.list(
                        new TreeMap<>(c.directories()).entrySet(),
                        entry -> {
                            write(entry.getKey(), out);
                            out.uuid(entry.getValue());
                        });
            }
        }
    }

    private static void register(RegisterBroker c, ByteWriter out) {
        out.int8(REGISTER_BROKER);
        out.int32(c.brokerId());
        out.uuid(c.incarnation());
        out.optional(c.rack());
        out.list(c.endpoints(), endpoint -> ImageCodec.write(endpoint, out));
        out.list(c.logDirectories(), out::uuid);
        out.int64(c.stoppedEpoch());
        out.bool(c.alone());
    }

    private static void heartbeat(BrokerHeartbeat c, ByteWriter out) {
        out.int8(BROKER_HEARTBEAT);
        out.int32(c.brokerId());
        out.int64(c.brokerEpoch());
        out.int64(c.appliedIndex());
        out.bool(c.wantFence());
        out.bool(c.wantShutdown());
        out.list(c.failedDirectories(), out::uuid);
    }

    private static void write(BrokerEpoch broker, ByteWriter out) {
        out.int32(broker.brokerId());
        out.int64(broker.epoch());
    }

    private static void write(TopicPartition partition, ByteWriter out) {
        out.text(partition.topic());
        out.int32(partition.partition());
    }

    private static void write(IsrChange change, ByteWriter out) {
        out.uuid(change.topicId());
        out.int32(change.partition());
        out.int32(change.leaderEpoch());
        out.int32(change.partitionEpoch());
        out.list(change.isr(), broker -> write(broker, out));
    }

    private static void write(NewTopic topic, ByteWriter out) {
        out.text(topic.name());
        out.uuid(topic.id());
        out.int32(topic.partitions());
        out.int32(topic.replicationFactor());
        out.list(
                new TreeMap<>(topic.assignment()).entrySet(),
                entry -> {
                    out.int32(entry.getKey());
                    out.int32s(entry.getValue());
                });
        ImageCodec.write(topic.configs(), out);
    }

    private static void write(ConfigChange change, ByteWriter out) {
        out.int8((byte) change.type().ordinal());
        out.text(change.name());
        out.bool(change.replaceAll());
        out.list(
                change.operations(),
                operation -> {
                    out.int8((byte) operation.type().ordinal());
                    out.text(operation.key());
                    out.text(operation.value());
                });
    }

    private static ControllerCommand read(ByteReader in) {
        byte kind = in.int8();
        return switch (kind) {
            case INITIALIZE_CLUSTER -> new InitializeCluster(in.uuid());
            case REGISTER_BROKER ->
                    new RegisterBroker(
                            in.int32(),
                            in.uuid(),
                            in.optional(),
                            in.list(() -> ImageCodec.endpoint(in)),
                            in.list(in::uuid),
                            in.int64(),
                            in.bool());
            case BROKER_HEARTBEAT ->
                    new BrokerHeartbeat(
                            in.int32(),
                            in.int64(),
                            in.int64(),
                            in.bool(),
                            in.bool(),
                            in.list(in::uuid));
            case FENCE_BROKERS -> new FenceBrokers(in.list(() -> broker(in)));
            case UNREGISTER_BROKER -> new UnregisterBroker(in.int32());
            case ALTER_PARTITIONS ->
                    new AlterPartitions(in.int32(), in.int64(), in.list(() -> isrChange(in)));
            case ELECT_LEADERS -> new ElectLeaders(in.bool(), in.list(() -> partition(in)));
            case ALTER_REASSIGNMENTS -> reassignments(in, false);
            case BALANCE_REASSIGNMENTS -> reassignments(in, true);
            case REPORT_LOADS -> loads(in);
            case CREATE_TOPICS -> createTopics(in);
            case DELETE_TOPICS ->
                    new DeleteTopics(in.list(() -> new TopicRef(in.optional(), in.uuid())));
            case CREATE_PARTITIONS -> createPartitions(in);
            case ALTER_CONFIGS -> alterConfigs(in);
            case ALLOCATE_PRODUCER_IDS -> new AllocateProducerIds(in.int32(), in.int32());
            case ASSIGN_DIRECTORIES ->
                    new AssignDirectories(in.int32(), map(in, () -> partition(in), in::uuid));
            default ->
                    throw new IllegalArgumentException(
                            "command %d is not known: run the version that sent it"
                                    .formatted(kind));
        };
    }

    private static BrokerEpoch broker(ByteReader in) {
        return new BrokerEpoch(in.int32(), in.int64());
    }

    private static TopicPartition partition(ByteReader in) {
        return new TopicPartition(in.text(), in.int32());
    }

    private static IsrChange isrChange(ByteReader in) {
        return new IsrChange(
                in.uuid(), in.int32(), in.int32(), in.int32(), in.list(() -> broker(in)));
    }

    private static ReportLoads loads(ByteReader in) {
        return new ReportLoads(
                in.int32(),
                in.int64(),
                in.list(() -> new PartitionLoad(in.uuid(), in.int32(), in.int64(), in.int64())));
    }

    private static AlterReassignments reassignments(ByteReader in, boolean byBalance) {
        boolean mayChangeFactor = in.bool();
        return new AlterReassignments(
                in.list(() -> new Reassignment(partition(in), in.optional(in::int32s))),
                mayChangeFactor,
                byBalance);
    }

    private static CreateTopics createTopics(ByteReader in) {
        boolean validateOnly = in.bool();
        return new CreateTopics(
                in.list(() -> {
                    String name = in.text();
                    Uuid id = in.uuid();
                    return new NewTopic(
                            name,
                            id,
                            in.int32(),
                            in.int32(),
                            map(in, in::int32, in::int32s),
                            ImageCodec.configs(in));
                }),
                validateOnly);
    }

    private static CreatePartitions createPartitions(ByteReader in) {
        boolean validateOnly = in.bool();
        return new CreatePartitions(
                in.list(() -> new NewPartitions(in.text(), in.int32(), in.list(in::int32s))),
                validateOnly);
    }

    private static AlterConfigs alterConfigs(ByteReader in) {
        boolean validateOnly = in.bool();
        return new AlterConfigs(
                in.list(() -> {
                    ResourceType type = in.one(RESOURCE_TYPES);
                    String name = in.text();
                    boolean replaceAll = in.bool();
                    return new ConfigChange(
                            type,
                            name,
                            in.list(() ->
                                    new ConfigOperation(
                                            in.one(OPERATION_TYPES), in.text(), in.text())),
                            replaceAll);
                }),
                validateOnly);
    }

    private static <K extends Comparable<K>, V> Map<K, V> map(
            ByteReader in, Supplier<K> key, Supplier<V> value) {
        SortedMap<K, V> map = new TreeMap<>();
        for (int left = in.count(); left > 0; left--) {
            map.put(key.get(), value.get());
        }
        return map;
    }
}
