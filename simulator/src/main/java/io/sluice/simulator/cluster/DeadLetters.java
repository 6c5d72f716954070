package io.sluice.simulator.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.DeadLetter;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.partition.Appender;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.share.DeadLetterBox;
import io.sluice.simulator.check.QueueBook;
import io.sluice.simulator.check.Stored;
import java.util.function.Consumer;

/** Writes what is dead to a topic: a batch of as many records that tells where they were. */
public final class DeadLetters implements DeadLetterBox {

    /** It has one partition. */
    public static final String TOPIC = "dead";

    private final Site site;
    private final Appender appender;
    private final Shares shares;

    DeadLetters(Site site, Appender appender, Shares shares) {
        this.site = site;
        this.appender = appender;
        this.shares = shares;
    }

    @Override
    public void write(
            Partition partition, ShareKey key, DeadLetter letter, Consumer<ErrorCode> done) {
        QueueBook book = site.queueBook();
        int epoch = partition.leadingEpoch();
        int term = shares.term(partition.name(), epoch);
        book.buries(partition.name(), letter, term);
        Consumer<ErrorCode> told =
                error -> {
                    if (error == ErrorCode.NONE) {
                        int now = partition.leadingEpoch();
                        boolean known = term >= 0 && now >= 0;
                        book.buried(partition.name(), letter, known ? term + now - epoch : -1);
                    }
                    done.accept(error);
                };
        if (site.spoilt().losesDeadLetters()) {
            told.accept(ErrorCode.NONE);
            return;
        }
        appender.append(
                new TopicPartition(TOPIC, 0),
                Batches.plain(
                        (int) (letter.last() - letter.first()) + 1,
                        Stored.FIRST_ID + QueueBook.letterId(key.partition(), letter.first())),
                partition.loop(),
                told);
    }
}
