package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.GroupServices;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Asks several groups, and goes on when all have answered. Owned by the connection's loop. */
final class Gathering {

    private final GroupServices groups;
    private final KafkaRequest request;
    private final List<Runnable> questions = new ArrayList<>();
    private Runnable whenAll = () -> {};
    private int waiting;

    Gathering(GroupServices groups, KafkaRequest request) {
        this.groups = groups;
        this.request = request;
    }

    <A extends GroupReply> void ask(
            String group,
            GroupCommand command,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        questions.add(() ->
                groups.ask(
                        request,
                        group,
                        command,
                        type,
                        answer -> taken(() -> answered.accept(answer)),
                        error -> taken(() -> refused.accept(error))));
    }

    <A extends GroupReply> void ask(
            int partition,
            GroupCommand command,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        questions.add(() ->
                groups.ask(
                        request,
                        partition,
                        command,
                        type,
                        answer -> taken(() -> answered.accept(answer)),
                        error -> taken(() -> refused.accept(error))));
    }

    private void taken(Runnable answer) {
        answer.run();
        waiting--;
        if (waiting == 0) {
            whenAll.run();
        }
    }

    void go(Runnable then) {
        whenAll = then;
        waiting = questions.size();
        if (waiting == 0) {
            then.run();
            return;
        }
        List.copyOf(questions).forEach(Runnable::run);
    }
}
