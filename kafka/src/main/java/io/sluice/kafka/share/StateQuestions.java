package io.sluice.kafka.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.ShareServices;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/** Asks share coordinators of this broker about several queues of a group, for another broker. */
final class StateQuestions {

    private final KafkaServices services;
    private final KafkaRequest request;
    private final String group;
    private final AllAnswered all = new AllAnswered();

    StateQuestions(KafkaServices services, KafkaRequest request, String group) {
        this.services = services;
        this.request = request;
        this.group = group;
    }

    ShareKey key(Uuid topicId, int partition) {
        return new ShareKey(group, Ids.fromKafka(topicId), partition);
    }

    /** Adds a question about a queue that is answered by an error alone. */
    void ask(ShareKey key, ShareCommand command, Consumer<ErrorCode> answered) {
        ask(key, command, ShareReply.Done.class, done -> answered.accept(done.error()), answered);
    }

    <A extends ShareReply> void ask(
            ShareKey key,
            ShareCommand command,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        all.ask(done ->
                services.shares()
                        .states()
                        .ask(
                                request,
                                ShareServices.nameOf(key),
                                command,
                                type,
                                answered.andThen(answer -> done.run()),
                                refused.andThen(error -> done.run())));
    }

    void go(Runnable then) {
        all.then(then);
    }
}
