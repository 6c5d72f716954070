package io.sluice.engine.transaction;

import io.sluice.core.record.Codecs;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionEvent;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.core.transaction.TransactionReply.Question;
import io.sluice.engine.asking.Answers;
import io.sluice.engine.asking.QuestionTopics;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Asks those who know what became of a transaction whose time is up, and hears them: questions are
 * records in a topic of theirs, answers are records in another one. Nothing else is needed than a
 * consumer and a producer.
 *
 * <pre>
 *   the coordinator gives a question ──▶ a record in the topic of questions, with the first record
 *   of the transaction ──▶ a service looks into its database ──▶ a record in the topic of answers
 *   ──▶ the coordinator is told
 * </pre>
 *
 * A question or an answer that is lost comes again with the next question. Each of these may be on
 * another broker ({@link Elsewhere}); answers are read by whoever leads their partitions.
 */
public final class HalfMessages {

    private static final long RETRY_MS = 1_000;

    private final CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host;
    private final Partitions partitions;
    private final QuestionWriter questions;
    private final Answers answers;

    /** How often the coordinator of a partition began to serve: an earlier question is void. */
    private final Map<Partition, Long> asks = new ConcurrentHashMap<>();

    /**
     * @param settler where answers go
     * @param isForAnswers whether a topic is one where answers are read
     */
    public HalfMessages(
            CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host,
            Partitions partitions,
            QuestionWriter questions,
            Settler settler,
            Predicate<String> isForAnswers,
            IoThreads io,
            Codecs codecs) {
        this.host = host;
        this.partitions = partitions;
        this.questions = questions;
        this.answers =
                new Answers(partitions, isForAnswers, new VerdictHearer(settler), io, codecs);
    }

    /** Takes answers. Any thread may call. */
    @FunctionalInterface
    public interface Settler {
        void settle(TransactionName transaction, boolean commit);
    }

    /** The coordinator of a partition begins to serve. On the partition's loop. */
    public void serving(Partition partition) {
        ask(partition, asks.merge(partition, 1L, Long::sum));
    }

    /** A partition of any topic can be used from now on. On the partition's loop. */
    public void opened(Partition partition) {
        answers.opened(partition);
    }

    /** Waits for questions, as long as the coordinator serves. */
    private void ask(Partition partition, long of) {
        EventLoop loop = partition.loop();
        host.submit(
                partition.name().partition(),
                new TransactionCommand.AwaitQuestions(),
                loop,
                reply -> {
                    if (reply
                            instanceof Reply.Answered<TransactionReply>(TransactionReply answer)) {
                        if (answer instanceof TransactionReply.Asked asked) {
                            asked.questions().forEach(this::put);
                        }
                        ask(partition, of);
                    } else {
                        loop.schedule(
                                RETRY_MS,
                                () -> {
                                    if (!isThere(partition) || !host.leads(partition)) {
                                        asks.remove(partition, of);
                                    } else if (asks.getOrDefault(partition, 0L) == of) {
                                        ask(partition, of);
                                    }
                                });
                    }
                });
    }

    private void put(Question question) {
        String topic = QuestionTopics.answers(question.policy().topic());
        questions.write(question, () -> answers.hearAll(topic::equals));
    }

    /**
     * Answers may be read from other topics than before; this broker need not have asked itself.
     * Any thread.
     */
    public void topicsChanged() {
        answers.topicsChanged();
    }

    private boolean isThere(Partition partition) {
        return partitions.find(partition.name()) == partition;
    }
}
