package io.sluice.kafka.api;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.core.share.Changes;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.share.ShareStore;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.codec.ShareStates;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.PeerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData.InitializeStateData;
import org.apache.kafka.common.message.InitializeShareGroupStateResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData.ReadStateData;
import org.apache.kafka.common.message.ReadShareGroupStateResponseData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData.WriteStateData;
import org.apache.kafka.common.message.WriteShareGroupStateResponseData;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * Brings what queues are to remember to the coordinator that remembers it, and back: to this
 * broker, or to another one by the requests of KIP-932. What one turn of a loop sends to one broker
 * about a group goes together. The topic is made when the first queue is asked for. Everything is
 * tried once; an answer that is lost is NETWORK_EXCEPTION. Any thread.
 */
public final class RoutedShareStore implements ShareStore {

    private static final short INITIALIZE_VERSION = 0;
    private static final short READ_VERSION = 0;
    private static final short WRITE_VERSION = 1;
    static final long TIMEOUT_MS = 15_000L;

    private final int brokerId;
    private final ShareServices shares;
    private final PeerConnections peers;
    private final TurnBatches<Asked> batches = new TurnBatches<>(this::send);

    /** What another broker is asked. */
    private sealed interface Asked {
        ShareKey key();

        void answer(ErrorCode error);
    }

    private record Read(ShareKey key, int leaderEpoch, Consumer<ShareReply.State> reply)
            implements Asked {
        @Override
        public void answer(ErrorCode error) {
            reply.accept(refused(error));
        }
    }

    private record Initialize(ShareKey key, int stateEpoch, long start, Consumer<ErrorCode> reply)
            implements Asked {
        @Override
        public void answer(ErrorCode error) {
            reply.accept(error);
        }
    }

    private record Write(
            ShareKey key,
            int stateEpoch,
            int leaderEpoch,
            Changes changes,
            long doneRecords,
            Consumer<ErrorCode> reply)
            implements Asked {
        @Override
        public void answer(ErrorCode error) {
            reply.accept(error);
        }
    }

    /** Of one request: everything in it is of one kind and about one group. */
    private record Kind(Class<? extends Asked> type, String group) {}

    /** A queue's place in an answer. */
    private record Place(Uuid topicId, int partition) {
        static Place of(ShareKey key) {
            return new Place(key.topicId(), key.partition());
        }

        static Place of(org.apache.kafka.common.Uuid topicId, int partition) {
            return new Place(Ids.fromKafka(topicId), partition);
        }
    }

    public RoutedShareStore(int brokerId, ShareServices shares, PeerConnections peers) {
        this.brokerId = brokerId;
        this.shares = shares;
        this.peers = peers;
    }

    static ShareReply.State refused(ErrorCode error) {
        return new ShareReply.State(error, 0, 0, ShareReply.State.NO_START, 0L, List.of());
    }

    @Override
    public void read(
            ShareKey key, int leaderEpoch, EventLoop replyOn, Consumer<ShareReply.State> reply) {
        route(
                new Read(key, leaderEpoch, reply),
                replyOn,
                () ->
                        shares.ask(
                                ShareServices.nameOf(key),
                                new ShareCommand.Read(key, leaderEpoch),
                                replyOn,
                                answer -> reply.accept(state(answer))));
    }

    private static ShareReply.State state(Reply<ShareReply> answer) {
        return switch (answer) {
            case Reply.Answered<ShareReply>(ShareReply.State state) -> state;
            case Reply.Answered<ShareReply> other ->
                    throw new IllegalStateException("an odd answer: " + other);
            case Reply.Refused<ShareReply>(ErrorCode error) -> refused(error);
        };
    }

    @Override
    public void initialize(
            ShareKey key,
            int stateEpoch,
            long start,
            EventLoop replyOn,
            Consumer<ErrorCode> reply) {
        route(
                new Initialize(key, stateEpoch, start, reply),
                replyOn,
                () ->
                        askHere(
                                new ShareCommand.Initialize(key, stateEpoch, start),
                                key,
                                replyOn,
                                reply));
    }

    @Override
    public void write(
            ShareKey key,
            int stateEpoch,
            int leaderEpoch,
            Changes changes,
            long doneRecords,
            EventLoop replyOn,
            Consumer<ErrorCode> reply) {
        ShareCommand command =
                new ShareCommand.Write(
                        key,
                        stateEpoch,
                        leaderEpoch,
                        changes.number(),
                        changes.start(),
                        doneRecords,
                        changes.batches());
        route(
                new Write(key, stateEpoch, leaderEpoch, changes, doneRecords, reply),
                replyOn,
                () -> askHere(command, key, replyOn, reply));
    }

    private void askHere(
            ShareCommand command, ShareKey key, EventLoop replyOn, Consumer<ErrorCode> reply) {
        shares.ask(
                ShareServices.nameOf(key), command, replyOn, answer -> reply.accept(error(answer)));
    }

    /** What an answer says that says no more. */
    static ErrorCode error(Reply<ShareReply> answer) {
        return switch (answer) {
            case Reply.Answered<ShareReply>(ShareReply.Done(ErrorCode error)) -> error;
            case Reply.Answered<ShareReply> other ->
                    throw new IllegalStateException("an odd answer: " + other);
            case Reply.Refused<ShareReply>(ErrorCode error) -> error;
        };
    }

    private void route(Asked asked, EventLoop loop, Runnable here) {
        shares.topic()
                .ensure(
                        loop,
                        made -> {
                            BrokerImage coordinator =
                                    shares.topic().coordinatorOf(ShareServices.nameOf(asked.key()));
                            if (made != ErrorCode.NONE || coordinator == null) {
                                asked.answer(ErrorCode.COORDINATOR_NOT_AVAILABLE);
                            } else if (coordinator.id() == brokerId) {
                                here.run();
                            } else {
                                batches.add(loop, coordinator.id(), asked);
                            }
                        });
    }

    /** A request is about one group, has one kind of question, and every queue once. */
    private void send(EventLoop loop, int broker, List<Asked> all) {
        Map<Kind, List<Asked>> kinds = new LinkedHashMap<>();
        Map<Kind, Set<ShareKey>> keys = new HashMap<>();
        List<Asked> later = new ArrayList<>(0);
        for (Asked one : all) {
            Kind kind = new Kind(one.getClass(), one.key().group());
            if (keys.computeIfAbsent(kind, k -> new HashSet<>()).add(one.key())) {
                kinds.computeIfAbsent(kind, k -> new ArrayList<>()).add(one);
            } else {
                later.add(one);
            }
        }
        kinds.forEach((kind, of) -> {
            if (kind.type == Read.class) {
                sendReads(loop, broker, kind.group, cast(of, Read.class));
            } else if (kind.type == Initialize.class) {
                sendInitializes(loop, broker, kind.group, cast(of, Initialize.class));
            } else {
                sendWrites(loop, broker, kind.group, cast(of, Write.class));
            }
        });
        if (!later.isEmpty()) {
            send(loop, broker, later);
        }
    }

    private static <A extends Asked> List<A> cast(List<Asked> all, Class<A> type) {
        return all.stream().map(type::cast).toList();
    }

    private <T extends ApiMessage, R> void send(
            EventLoop loop, int broker, PeerRequest request, PeerReading<T, R> reading) {
        peers.send(loop, broker, PeerConnections.Lane.QUEUES, request, reading);
    }

    private static void lost(List<? extends Asked> all) {
        all.forEach(one -> one.answer(ErrorCode.NETWORK_EXCEPTION));
    }

    private void sendReads(EventLoop loop, int broker, String group, List<Read> all) {
        Map<Uuid, ReadStateData> topics = new LinkedHashMap<>();
        for (Read one : all) {
            topics.computeIfAbsent(
                            one.key.topicId(),
                            id -> new ReadStateData().setTopicId(Ids.toKafka(id)))
                    .partitions()
                    .add(
                            new ReadShareGroupStateRequestData.PartitionData()
                                    .setPartition(one.key.partition())
                                    .setLeaderEpoch(one.leaderEpoch));
        }
        ReadShareGroupStateRequestData request =
                new ReadShareGroupStateRequestData()
                        .setGroupId(group)
                        .setTopics(List.copyOf(topics.values()));
        send(
                loop,
                broker,
                new PeerRequest(Api.READ_SHARE_GROUP_STATE, READ_VERSION, request, TIMEOUT_MS),
                new PeerReading<>(
                        new ReadShareGroupStateResponseData(),
                        RoutedShareStore::states,
                        states -> {
                            for (Read one : all) {
                                ShareReply.State state = states.get(Place.of(one.key));
                                one.reply.accept(
                                        state == null
                                                ? refused(ErrorCode.UNKNOWN_SERVER_ERROR)
                                                : state);
                            }
                        },
                        () -> lost(all)));
    }

    private static Map<Place, ShareReply.State> states(ReadShareGroupStateResponseData data) {
        Map<Place, ShareReply.State> states = new HashMap<>();
        data.results()
                .forEach(topic ->
                        topic.partitions()
                                .forEach(one ->
                                        states.put(
                                                Place.of(topic.topicId(), one.partition()),
                                                new ShareReply.State(
                                                        ErrorCode.of(one.errorCode()),
                                                        one.stateEpoch(),
                                                        0,
                                                        one.startOffset(),
                                                        0L,
                                                        ShareStates.fromRead(
                                                                one.stateBatches())))));
        return states;
    }

    private void sendInitializes(EventLoop loop, int broker, String group, List<Initialize> all) {
        Map<Uuid, InitializeStateData> topics = new LinkedHashMap<>();
        for (Initialize one : all) {
            topics.computeIfAbsent(
                            one.key.topicId(),
                            id -> new InitializeStateData().setTopicId(Ids.toKafka(id)))
                    .partitions()
                    .add(
                            new InitializeShareGroupStateRequestData.PartitionData()
                                    .setPartition(one.key.partition())
                                    .setStateEpoch(one.stateEpoch)
                                    .setStartOffset(one.start));
        }
        InitializeShareGroupStateRequestData request =
                new InitializeShareGroupStateRequestData()
                        .setGroupId(group)
                        .setTopics(List.copyOf(topics.values()));
        send(
                loop,
                broker,
                new PeerRequest(
                        Api.INITIALIZE_SHARE_GROUP_STATE, INITIALIZE_VERSION, request, TIMEOUT_MS),
                new PeerReading<>(
                        new InitializeShareGroupStateResponseData(),
                        data -> {
                            Map<Place, ErrorCode> errors = new HashMap<>();
                            data.results()
                                    .forEach(topic ->
                                            topic.partitions()
                                                    .forEach(one ->
                                                            errors.put(
                                                                    Place.of(
                                                                            topic.topicId(),
                                                                            one.partition()),
                                                                    ErrorCode.of(
                                                                            one.errorCode()))));
                            return errors;
                        },
                        errors -> tell(all, errors),
                        () -> lost(all)));
    }

    private static void tell(List<? extends Asked> all, Map<Place, ErrorCode> errors) {
        for (Asked one : all) {
            one.answer(errors.getOrDefault(Place.of(one.key()), ErrorCode.UNKNOWN_SERVER_ERROR));
        }
    }

    private void sendWrites(EventLoop loop, int broker, String group, List<Write> all) {
        Map<Uuid, WriteStateData> topics = new LinkedHashMap<>();
        for (Write one : all) {
            topics.computeIfAbsent(
                            one.key.topicId(),
                            id -> new WriteStateData().setTopicId(Ids.toKafka(id)))
                    .partitions()
                    .add(
                            ShareStates.numbered(
                                    one.changes.number(),
                                    new WriteShareGroupStateRequestData.PartitionData()
                                            .setPartition(one.key.partition())
                                            .setStateEpoch(one.stateEpoch)
                                            .setLeaderEpoch(one.leaderEpoch)
                                            .setStartOffset(one.changes.start())
                                            .setDeliveryCompleteCount(
                                                    (int)
                                                            Math.min(
                                                                    one.doneRecords,
                                                                    Integer.MAX_VALUE))
                                            .setStateBatches(
                                                    ShareStates.written(one.changes.batches()))));
        }
        WriteShareGroupStateRequestData request =
                new WriteShareGroupStateRequestData()
                        .setGroupId(group)
                        .setTopics(List.copyOf(topics.values()));
        send(
                loop,
                broker,
                new PeerRequest(Api.WRITE_SHARE_GROUP_STATE, WRITE_VERSION, request, TIMEOUT_MS),
                new PeerReading<>(
                        new WriteShareGroupStateResponseData(),
                        data -> {
                            Map<Place, ErrorCode> errors = new HashMap<>();
                            data.results()
                                    .forEach(topic ->
                                            topic.partitions()
                                                    .forEach(one ->
                                                            errors.put(
                                                                    Place.of(
                                                                            topic.topicId(),
                                                                            one.partition()),
                                                                    ErrorCode.of(
                                                                            one.errorCode()))));
                            return errors;
                        },
                        errors -> tell(all, errors),
                        () -> lost(all)));
    }
}
