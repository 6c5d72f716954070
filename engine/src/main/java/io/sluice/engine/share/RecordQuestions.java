package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.LedgerFormat.Who;
import io.sluice.core.share.Question;
import io.sluice.engine.asking.QuestionTopics;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes questions about records whose lock ended (docs/adr/ask-before-redeliver.md): one record
 * for each, which lists offsets and keys as JSON. Questions of a partition go to the partition of
 * the same number, modulo how many there are.
 */
public final class RecordQuestions implements QuestionBox {

    /** The header that names the question: {@link QuestionName}. */
    static final String QUESTION = "sluice-question";

    private static final Logger LOG = LoggerFactory.getLogger(RecordQuestions.class);

    /** Questions that are being written to a topic at once. */
    private static final int MAX_OUT = 32;

    /** Those that wait for it; one more is not asked. */
    private static final int MAX_WAITING = 10_000;

    private static final long WARN_AGAIN_MS = 10_000;

    private final QuestionTopics topics;
    private final EventLoop home;
    private final IoThreads io;
    private final Codecs codecs;
    private final LongSupplier secrets;

    /** By topic: one that cannot be written to holds up no other. */
    private final Map<String, Line> lines = new HashMap<>();

    private long leftOut;
    private long warnedMs = Long.MIN_VALUE / 2;

    private record Asked(
            Partition partition, String topic, QuestionName name, Question question, Who who) {}

    /** What is to be written to one topic. */
    private static final class Line {
        final ArrayDeque<Asked> waiting = new ArrayDeque<>(1);
        int out;
    }

    /**
     * @param home a loop for steps that belong to no partition
     * @param secrets numbers that nobody can guess; any thread
     */
    public RecordQuestions(
            QuestionTopics topics,
            EventLoop home,
            IoThreads io,
            Codecs codecs,
            LongSupplier secrets) {
        this.topics = topics;
        this.home = home;
        this.io = io;
        this.codecs = codecs;
        this.secrets = secrets;
    }

    @Override
    public long secret() {
        return secrets.getAsLong();
    }

    @Override
    public void ask(
            Partition partition, String topic, QuestionName name, Question question, Who who) {
        Asked asked = new Asked(partition, topic, name, question, who);
        home.execute(() -> {
            Line line = lines.computeIfAbsent(topic, none -> new Line());
            if (line.waiting.size() >= MAX_WAITING) {
                leftOut++;
                warn(topic, "too many questions wait");
            } else {
                line.waiting.add(asked);
                writeNext(topic, line);
            }
        });
    }

    private void writeNext(String topic, Line line) {
        while (line.out < MAX_OUT && !line.waiting.isEmpty()) {
            Asked next = line.waiting.remove();
            if (next.name.untilMs() <= home.clock().wallMs()) {
                continue; // it came back already
            }
            line.out++;
            next.partition
                    .loop()
                    .execute(() ->
                            new QuestionKeys(
                                            next.partition,
                                            next.question.records(),
                                            io,
                                            codecs,
                                            keys -> home.execute(() -> write(next, keys)))
                                    .begin());
        }
        if (line.out == 0) {
            lines.remove(topic);
        }
    }

    private void write(Asked asked, Map<Long, byte[]> keys) {
        byte[] name = asked.name.text().getBytes(StandardCharsets.UTF_8);
        BatchWriter writer = new BatchWriter();
        writer.add(
                name,
                text(asked, keys).getBytes(StandardCharsets.UTF_8),
                List.of(new RecordHeader(QUESTION, name)),
                home.clock().wallMs());
        topics.put(
                asked.topic,
                asked.partition.name().partition(),
                writer.take(),
                asked.name.untilMs(),
                error -> written(asked.topic, error));
    }

    private void written(String topic, ErrorCode error) {
        if (error != ErrorCode.NONE) {
            leftOut++;
            warn(topic, error.toString());
        }
        Line line = Objects.requireNonNull(lines.get(topic));
        line.out--;
        writeNext(topic, line);
    }

    private void warn(String topic, String what) {
        long nowMs = home.clock().monotonicMs();
        if (nowMs - warnedMs >= WARN_AGAIN_MS) {
            warnedMs = nowMs;
            LOG.warn(
                    "{}: {}; records whose lock ends come back without a question; {} so far were"
                            + " not asked",
                    topic,
                    what,
                    leftOut);
        }
    }

    private static String text(Asked asked, Map<Long, byte[]> keys) {
        StringBuilder text = new StringBuilder("{\"until\":").append(asked.name.untilMs());
        JsonText.field(text, "group", asked.name.queue().group());
        JsonText.field(text, "topic", asked.partition.name().topic());
        JsonText.field(text, "partition", asked.partition.name().partition());
        JsonText.field(text, "member", asked.who.member());
        JsonText.field(text, "client", asked.who.client());
        JsonText.field(text, "address", asked.who.address());
        text.append(",\"records\":[");
        String comma = "";
        for (Acquired range : asked.question.records()) {
            for (long offset = range.first(); offset <= range.last(); offset++) {
                text.append(comma).append("{\"offset\":").append(offset);
                JsonText.field(text, "deliveries", range.deliveries());
                byte[] key = keys.get(offset);
                if (key != null) {
                    key(text, key);
                }
                text.append('}');
                comma = ",";
            }
        }
        return text.append("]}").toString();
    }

    private static void key(StringBuilder to, byte[] key) {
        try {
            JsonText.field(
                    to,
                    "key",
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString());
        } catch (CharacterCodingException e) {
            JsonText.field(to, "keyBase64", Base64.getEncoder().encodeToString(key));
        }
    }
}
