package io.sluice.engine.transaction;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import io.sluice.core.transaction.TransactionReply.Question;
import io.sluice.engine.asking.QuestionTopics;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Appender;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes questions about transactions as records: key, value and headers are those of the first
 * record of the transaction, so that a service knows what it is asked about; more headers name the
 * transaction and tell how often it was asked.
 */
public final class QuestionWriter {

    /** The header that names the transaction: {@link TransactionName}. */
    static final String TRANSACTION = "sluice-transaction";

    /** The header that counts questions: {@code 1/15}, or {@code aborted} in the report. */
    static final String ATTEMPT = "sluice-attempt";

    private static final Logger LOG = LoggerFactory.getLogger(QuestionWriter.class);
    private static final int FIRST_RECORD_BYTES = 1 << 20;

    /** How long the leader of a question's partition is looked for; then it is asked again. */
    private static final long LOOKS_MS = 5_000;

    private final Partitions partitions;
    private final QuestionTopics topics;
    private final EventLoop home;
    private final IoThreads io;
    private final Codecs codecs;
    private final Elsewhere elsewhere;
    private final Appender appender;

    /** What a transaction began with. */
    private record First(
            byte @Nullable [] key, byte @Nullable [] value, List<RecordHeader> headers) {

        static final First UNKNOWN = new First(null, null, List.of());
    }

    /**
     * @param home a loop for steps that belong to no partition
     */
    public QuestionWriter(
            Partitions partitions,
            QuestionTopics topics,
            Appender appender,
            EventLoop home,
            IoThreads io,
            Codecs codecs,
            Elsewhere elsewhere) {
        this.partitions = partitions;
        this.topics = topics;
        this.home = home;
        this.io = io;
        this.codecs = codecs;
        this.elsewhere = elsewhere;
        this.appender = appender;
    }

    /**
     * Writes a question. Any thread may call.
     *
     * @param done when it is stored; never if it cannot be: it is asked again
     */
    public void write(Question question, Runnable done) {
        first(
                question,
                question.partitions().iterator(),
                first -> home.execute(() -> put(question, first, done)));
    }

    /** Looks for the first partition that holds records of the transaction. */
    private void first(Question question, Iterator<TopicPartition> left, Consumer<First> found) {
        if (!left.hasNext()) {
            found.accept(First.UNKNOWN);
            return;
        }
        TopicPartition name = left.next();
        int leader = appender.leader(name);
        Partition partition = partitions.find(name);
        if (elsewhere.isOther(leader)) {
            firstElsewhere(leader, name, question, left, found);
        } else if (partition == null) {
            first(question, left, found);
        } else {
            firstHere(partition, question, left, found);
        }
    }

    private void firstElsewhere(
            int leader,
            TopicPartition name,
            Question question,
            Iterator<TopicPartition> left,
            Consumer<First> found) {
        elsewhere.firstBatches(
                leader,
                name,
                question.producer().id(),
                FIRST_RECORD_BYTES,
                home,
                bytes -> {
                    if (bytes.hasRemaining()) {
                        read(home, () -> split(bytes), question, found);
                    } else {
                        first(question, left, found);
                    }
                });
    }

    private static List<SliceBatches.Batch> split(ByteBuffer bytes) throws IOException {
        try {
            return SliceBatches.split(bytes);
        } catch (RecordFormatException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void firstHere(
            Partition partition,
            Question question,
            Iterator<TopicPartition> left,
            Consumer<First> found) {
        partition
                .loop()
                .execute(() -> {
                    FileSlice slice = slice(partition, question.producer().id());
                    if (slice == null) {
                        first(question, left, found);
                    } else {
                        read(partition.loop(), () -> SliceBatches.read(slice), question, found);
                    }
                });
    }

    /** From where the producer's transaction begins, or null if none is open. */
    private static @Nullable FileSlice slice(Partition partition, long producerId) {
        for (Partition.ProducerView view : partition.producers().producers()) {
            if (view.producerId() == producerId && view.transactionStart() >= 0) {
                return partition
                        .fetch(
                                new Partition.FetchSpec(
                                        view.transactionStart(),
                                        -1,
                                        -1,
                                        FIRST_RECORD_BYTES,
                                        true,
                                        false))
                        .read()
                        .slice();
            }
        }
        return null;
    }

    /** Batches that take their time. */
    @FunctionalInterface
    private interface Batches {
        List<SliceBatches.Batch> read() throws IOException;
    }

    private void read(EventLoop loop, Batches batches, Question question, Consumer<First> found) {
        io.call(
                IoThreads.Lane.READ,
                () -> firstOf(batches.read(), question.producer().id()),
                loop,
                Completion.of(first -> found.accept(first), fault -> found.accept(First.UNKNOWN)));
    }

    private First firstOf(List<SliceBatches.Batch> batches, long producerId) throws IOException {
        for (SliceBatches.Batch batch : batches) {
            if (batch.header().producerId() != producerId || batch.header().isControl()) {
                continue;
            }
            try {
                RecordReader records = RecordReader.of(batch.header(), batch.bytes(), codecs);
                if (records.next()) {
                    return new First(records.keyCopy(), records.valueCopy(), records.headers());
                }
            } catch (RecordFormatException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
        return First.UNKNOWN;
    }

    /** Questions of one transactional id stay in order. */
    private void put(Question question, First first, Runnable done) {
        String topic = question.policy().topic();
        topics.put(
                topic,
                question.id().hashCode(),
                batch(home, question, first),
                home.clock().wallMs() + LOOKS_MS,
                error -> {
                    if (error == ErrorCode.NONE) {
                        done.run();
                    } else {
                        LOG.warn("{}: no question about {}: {}", topic, question.id(), error);
                    }
                });
    }

    private static ByteBuffer batch(EventLoop loop, Question question, First first) {
        List<RecordHeader> headers = new ArrayList<>(first.headers);
        headers.add(header(TRANSACTION, name(question).text()));
        headers.add(
                header(
                        ATTEMPT,
                        question.isReport()
                                ? "aborted"
                                : question.attempt() + "/" + question.policy().attempts()));
        BatchWriter writer = new BatchWriter();
        writer.add(first.key, first.value, headers, loop.clock().wallMs());
        return writer.take();
    }

    private static TransactionName name(Question question) {
        return new TransactionName(question.id(), question.producer(), question.startMs());
    }

    private static RecordHeader header(String name, String value) {
        return new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
