package io.sluice.kafka.api;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.core.share.ShareReply.Summary;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.PeerRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData.DeleteStateData;
import org.apache.kafka.common.message.DeleteShareGroupStateResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryResponseData;

/**
 * What all share coordinators together know of a group's queues. Another broker is asked by the
 * requests of KIP-932, with no topics for all there are. Any thread; answers come on the loop
 * given, each once.
 */
public final class KnownQueues {

    private static final short SUMMARY_VERSION = 1;
    private static final short DELETE_VERSION = 0;

    private final int brokerId;
    private final ShareServices shares;
    private final RoutedShareStore store;
    private final PeerConnections peers;
    private final Metadata metadata;

    /** The queues, in order, if there is no error. */
    public record Listing(ErrorCode error, List<Summary> queues) {}

    /** Several answers of one group; on the loop. */
    private static final class Sum {
        private final List<Summary> queues = new ArrayList<>();
        private ErrorCode error = ErrorCode.NONE;
        private int open;

        void fail(ErrorCode with) {
            if (with != ErrorCode.NONE) {
                error = with;
            }
        }

        boolean isLast() {
            return --open == 0;
        }
    }

    public KnownQueues(
            int brokerId,
            ShareServices shares,
            RoutedShareStore store,
            PeerConnections peers,
            Metadata metadata) {
        this.brokerId = brokerId;
        this.shares = shares;
        this.store = store;
        this.peers = peers;
        this.metadata = metadata;
    }

    /** Where queues are remembered; -1 for a partition that nobody leads. */
    private SortedSet<Integer> brokers() {
        SortedSet<Integer> brokers = new TreeSet<>();
        TopicImage topic = metadata.image().topics().get(ShareServices.TOPIC);
        if (topic != null) {
            for (PartitionImage partition : topic.partitions()) {
                brokers.add(partition.leader());
            }
        }
        return brokers;
    }

    /** The queues of a group. */
    public void list(String group, EventLoop loop, Consumer<Listing> done) {
        loop.execute(() -> {
            Sum sum = new Sum();
            Runnable told =
                    () -> {
                        if (sum.isLast()) {
                            sum.queues.sort(Comparator.comparing(Summary::key));
                            done.accept(new Listing(sum.error, sum.queues));
                        }
                    };
            each(
                    sum,
                    told,
                    () -> listHere(group, loop, sum, told),
                    broker -> listThere(group, broker, loop, sum, told));
        });
    }

    /** Forgets all queues of a group. */
    public void deleteGroup(String group, EventLoop loop, Consumer<ErrorCode> done) {
        loop.execute(() -> {
            Sum sum = new Sum();
            Runnable told =
                    () -> {
                        if (sum.isLast()) {
                            done.accept(sum.error);
                        }
                    };
            each(
                    sum,
                    told,
                    () -> deleteHere(group, loop, sum, told),
                    broker -> deleteThere(group, List.of(), broker, loop, sum, told));
        });
    }

    private void each(Sum sum, Runnable told, Runnable here, Consumer<Integer> there) {
        SortedSet<Integer> brokers = brokers();
        sum.open = brokers.size() + 1;
        for (int broker : brokers) {
            if (broker == brokerId) {
                here.run();
            } else if (broker == PartitionImage.NO_LEADER) {
                sum.fail(ErrorCode.COORDINATOR_NOT_AVAILABLE);
                told.run();
            } else {
                there.accept(broker);
            }
        }
        told.run();
    }

    /** Asks every coordinator of this broker; those of others are asked there. */
    public void askAllHere(
            ShareCommand command, EventLoop loop, Consumer<List<Reply<ShareReply>>> done) {
        loop.execute(() -> {
            List<Integer> led = new ArrayList<>();
            TopicImage topic = metadata.image().topics().get(ShareServices.TOPIC);
            if (topic != null) {
                for (PartitionImage partition : topic.partitions()) {
                    if (partition.leader() == brokerId) {
                        led.add(partition.partition());
                    }
                }
            }
            List<Reply<ShareReply>> replies = new ArrayList<>();
            if (led.isEmpty()) {
                done.accept(replies);
            }
            for (int partition : led) {
                shares.host()
                        .submit(
                                partition,
                                command,
                                loop,
                                reply -> {
                                    replies.add(reply);
                                    if (replies.size() == led.size()) {
                                        done.accept(replies);
                                    }
                                });
            }
        });
    }

    private void listHere(String group, EventLoop loop, Sum sum, Runnable told) {
        askAllHere(
                new ShareCommand.ListGroup(group),
                loop,
                replies -> {
                    for (Reply<ShareReply> reply : replies) {
                        switch (reply) {
                            case Reply.Answered<ShareReply>(ShareReply.Group known) ->
                                    sum.queues.addAll(known.queues());
                            case Reply.Answered<ShareReply> other ->
                                    throw new IllegalStateException("an odd answer: " + other);
                            case Reply.Refused<ShareReply>(ErrorCode error) -> sum.fail(error);
                        }
                    }
                    told.run();
                });
    }

    private void listThere(String group, int broker, EventLoop loop, Sum sum, Runnable told) {
        peers.send(
                loop,
                broker,
                PeerConnections.Lane.CALLS,
                new PeerRequest(
                        Api.READ_SHARE_GROUP_STATE_SUMMARY,
                        SUMMARY_VERSION,
                        new ReadShareGroupStateSummaryRequestData().setGroupId(group),
                        RoutedShareStore.TIMEOUT_MS),
                new PeerReading<>(
                        new ReadShareGroupStateSummaryResponseData(),
                        data -> data,
                        data -> {
                            add(group, data, sum);
                            told.run();
                        },
                        () -> {
                            sum.fail(ErrorCode.NETWORK_EXCEPTION);
                            told.run();
                        }));
    }

    private static void add(String group, ReadShareGroupStateSummaryResponseData data, Sum sum) {
        data.results()
                .forEach(topic ->
                        topic.partitions()
                                .forEach(one -> {
                                    ErrorCode error = ErrorCode.of(one.errorCode());
                                    sum.fail(error);
                                    if (error == ErrorCode.NONE) {
                                        sum.queues.add(
                                                new Summary(
                                                        new ShareKey(
                                                                group,
                                                                Ids.fromKafka(topic.topicId()),
                                                                one.partition()),
                                                        one.stateEpoch(),
                                                        one.leaderEpoch(),
                                                        one.startOffset(),
                                                        one.deliveryCompleteCount()));
                                    }
                                }));
    }

    private void deleteHere(String group, EventLoop loop, Sum sum, Runnable told) {
        askAllHere(
                new ShareCommand.DeleteGroup(group),
                loop,
                replies -> {
                    replies.forEach(reply -> sum.fail(RoutedShareStore.error(reply)));
                    told.run();
                });
    }

    /** Forgets one queue. */
    public void delete(ShareKey key, EventLoop loop, Consumer<ErrorCode> done) {
        String name = ShareServices.nameOf(key);
        BrokerImage coordinator = shares.topic().coordinatorOf(name);
        if (coordinator == null) {
            loop.execute(() -> done.accept(ErrorCode.COORDINATOR_NOT_AVAILABLE));
        } else if (coordinator.id() == brokerId) {
            shares.ask(
                    name,
                    new ShareCommand.Delete(key),
                    loop,
                    reply -> done.accept(RoutedShareStore.error(reply)));
        } else {
            loop.execute(() -> {
                Sum sum = new Sum();
                deleteThere(
                        key.group(),
                        List.of(key),
                        coordinator.id(),
                        loop,
                        sum,
                        () -> done.accept(sum.error));
            });
        }
    }

    private void deleteThere(
            String group, List<ShareKey> keys, int broker, EventLoop loop, Sum sum, Runnable told) {
        DeleteShareGroupStateRequestData request =
                new DeleteShareGroupStateRequestData().setGroupId(group);
        for (ShareKey key : keys) {
            request.topics()
                    .add(
                            new DeleteStateData()
                                    .setTopicId(Ids.toKafka(key.topicId()))
                                    .setPartitions(
                                            List.of(
                                                    new DeleteShareGroupStateRequestData
                                                                    .PartitionData()
                                                            .setPartition(key.partition()))));
        }
        peers.send(
                loop,
                broker,
                PeerConnections.Lane.CALLS,
                new PeerRequest(
                        Api.DELETE_SHARE_GROUP_STATE,
                        DELETE_VERSION,
                        request,
                        RoutedShareStore.TIMEOUT_MS),
                new PeerReading<>(
                        new DeleteShareGroupStateResponseData(),
                        data -> data,
                        data -> {
                            data.results()
                                    .forEach(topic ->
                                            topic.partitions()
                                                    .forEach(one ->
                                                            sum.fail(
                                                                    ErrorCode.of(
                                                                            one.errorCode()))));
                            told.run();
                        },
                        () -> {
                            sum.fail(ErrorCode.NETWORK_EXCEPTION);
                            told.run();
                        }));
    }

    /** A queue begins anew somewhere else, whatever it remembers. */
    public void begin(
            ShareKey key, int stateEpoch, long start, EventLoop loop, Consumer<ErrorCode> done) {
        store.initialize(key, stateEpoch, start, loop, done);
    }
}
