package io.sluice.simulator.client;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.cluster.Transactions;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Asks the coordinator of transactions, one question at a time, each until it is answered. */
final class Desk extends Client {

    private record Question(TransactionCommand command, Consumer<TransactionReply> taken) {}

    private @Nullable Question open;
    private boolean ready;

    Desk(Site site, int number, String kind) {
        super(site, number, kind, new TopicPartition(Transactions.TOPIC, 0));
        retryLater();
    }

    void ask(TransactionCommand command, Consumer<TransactionReply> taken) {
        open = new Question(command, taken);
        if (ready) {
            send();
        }
    }

    @Override
    void connected() {
        ready = true;
        send();
    }

    @Override
    void disconnected() {
        ready = false;
    }

    private void send() {
        Question question = open;
        if (question != null) {
            this.<Reply<TransactionReply>>ask(
                    (door, answer) -> door.transaction(question.command, answer),
                    reply -> answered(question, reply));
        }
    }

    private void answered(Question question, Reply<TransactionReply> reply) {
        switch (reply) {
            case Reply.Refused<TransactionReply> refused -> retryLater();
            case Reply.Answered<TransactionReply>(TransactionReply answer) -> {
                open = null;
                question.taken.accept(answer);
            }
        }
    }
}
