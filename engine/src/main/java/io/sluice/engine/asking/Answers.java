package io.sluice.engine.asking;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Hears answers: reads each partition of their topics that this broker leads, from its first record
 * on. An answer that was heard before is about something that is over, and changes nothing.
 */
public final class Answers {

    private final Partitions partitions;
    private final Predicate<String> isForAnswers;
    private final AnswerReader.Tools tools;

    /** Partitions whose answers are read. */
    private final Set<Partition> heard = ConcurrentHashMap.newKeySet();

    /**
     * @param isForAnswers whether a topic is one where answers are read
     */
    public Answers(
            Partitions partitions,
            Predicate<String> isForAnswers,
            Hearer hearer,
            IoThreads io,
            Codecs codecs) {
        this.partitions = partitions;
        this.isForAnswers = isForAnswers;
        this.tools = new AnswerReader.Tools(hearer, io, codecs);
    }

    /** Understands answers. */
    @FunctionalInterface
    public interface Hearer {

        /**
         * What is to be done about a record; empty if it is no answer. On an I/O thread; what is to
         * be done is so on the partition's loop.
         */
        Optional<Runnable> hear(TopicPartition from, RecordReader record)
                throws RecordFormatException;
    }

    /** A partition of any topic can be used from now on. On the partition's loop. */
    public void opened(Partition partition) {
        if (isForAnswers.test(partition.name().topic())) {
            hear(partition);
        }
    }

    /** Answers may be read from other topics than before. Any thread. */
    public void topicsChanged() {
        hearAll(isForAnswers);
    }

    /** Answers may come in such topics from now on, though they were nothing special before. */
    public void hearAll(Predicate<String> topics) {
        for (Partition partition : partitions.all()) {
            if (topics.test(partition.name().topic())) {
                partition.loop().execute(() -> hear(partition));
            }
        }
    }

    private void hear(Partition partition) {
        if (heard.add(partition)) {
            new AnswerReader(partition, () -> goesOn(partition), tools).start();
        }
    }

    /** Whether answers are still to come from there; it is forgotten when they are not. */
    private boolean goesOn(Partition partition) {
        boolean there = partitions.find(partition.name()) == partition;
        if (!there) {
            heard.remove(partition);
        }
        return there;
    }
}
