package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.GroupServices;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.function.Consumer;

/** Asks several groups, and goes on when all have answered. Owned by the connection's loop. */
final class Gathering {

    private final GroupServices groups;
    private final KafkaRequest request;
    private final AllAnswered all = new AllAnswered();

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
        all.ask(done ->
                groups.ask(
                        request,
                        group,
                        command,
                        type,
                        answered.andThen(answer -> done.run()),
                        refused.andThen(error -> done.run())));
    }

    <A extends GroupReply> void ask(
            int partition,
            GroupCommand command,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        all.ask(done ->
                groups.ask(
                        request,
                        partition,
                        command,
                        type,
                        answered.andThen(answer -> done.run()),
                        refused.andThen(error -> done.run())));
    }

    void go(Runnable then) {
        all.then(then);
    }
}
