package io.sluice.kafka.api;

import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionEvent;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.transaction.TransactionName;

/** Brings answers about half messages to their coordinators; what is lost is asked again. */
final class Settlements {

    private final InternalTopic topic;
    private final CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host;
    private final ProducerIds ids;
    private final EventLoop home;

    Settlements(
            InternalTopic topic,
            CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host,
            ProducerIds ids,
            EventLoop home) {
        this.topic = topic;
        this.host = host;
        this.ids = ids;
        this.home = home;
    }

    void settle(TransactionName name, boolean commit) {
        settle(name, commit, TransactionCommand.NO_ID);
    }

    private void settle(TransactionName name, boolean commit, long freshId) {
        int partition = topic.partitionOf(name.id());
        if (partition < 0) {
            return;
        }
        host.submit(
                partition,
                new TransactionCommand.Settle(
                        name.id(), name.producer(), name.startMs(), commit, freshId),
                home,
                reply -> {
                    boolean needsId =
                            reply
                                            instanceof
                                            Reply.Answered<TransactionReply>(
                                                    TransactionReply answer)
                                    && answer instanceof TransactionReply.NeedsId;
                    if (needsId && freshId == TransactionCommand.NO_ID) {
                        ids.take(home, fresh -> settle(name, commit, fresh));
                    }
                });
    }
}
