package io.sluice.cli.queue;

import io.sluice.cli.client.BrokerCommand;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.terminal.Json;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends dead letters back to the topics they came from. */
@Command(
        name = "redrive",
        description = {
            "Send records back to the topic they were in.",
            "",
            "Each goes to the partition it was in, behind all that is there: every group that reads the"
                    + " topic gets it. Its letter stays where it is. A header counts how often a"
                    + " record was sent back; one that was too often stays, so that nothing goes"
                    + " round for ever."
        },
        footer = {
            "  sluice queue dead redrive dlq.orders --dry-run",
            "  sluice queue dead redrive dlq.orders --reason delivery-limit --rate 50",
            "  sluice queue dead redrive dlq.orders --key 4711 --max-redrives 10",
            "  sluice queue dead redrive dlq.orders --force --json"
        })
final class DeadRedrive extends BrokerCommand {

    @Parameters(
            paramLabel = "TOPIC",
            arity = "0..1",
            description = "The topic of dead letters; not needed with --group.")
    private @Nullable String topic;

    @Mixin private LetterFilter filter = new LetterFilter();

    @Option(names = "--rate", paramLabel = "N", description = "Send at most N a second.")
    private @Nullable Integer rate;

    @Option(names = "--dry-run", description = "Tell what would be sent, and send nothing.")
    private boolean dry;

    @Option(
            names = "--max-redrives",
            paramLabel = "N",
            defaultValue = "3",
            description = "A record that was sent back so often stays (${DEFAULT-VALUE}).")
    private int maxRedrives;

    @Option(names = "--force", description = "Send it back however often it was.")
    private boolean force;

    private final Map<String, Integer> partitions = new HashMap<>();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private long sent;
    private long refused;
    private long empty;

    @Override
    public Integer call() {
        if (rate != null && rate <= 0) {
            throw badUsage("--rate is " + rate + ": give a number above 0.");
        }
        try (Cluster cluster = cluster();
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config())) {
            long startNanos = System.nanoTime();
            Letters.read(
                    cluster,
                    Letters.topic(cluster, topic, filter.group()),
                    clientConfig(),
                    letter -> {
                        if (filter.takes(letter)) {
                            redrive(cluster, producer, letter, startNanos);
                        }
                        return failure.get() == null;
                    });
            producer.flush();
        }
        Exception failed = failure.get();
        if (failed != null) {
            throw new Failure("not all was sent back: " + failed.getMessage(), failed);
        }
        print();
        return refused == 0 ? OK : FAILED;
    }

    private void redrive(
            Cluster cluster,
            KafkaProducer<byte[], byte[]> producer,
            Letter letter,
            long startNanos) {
        if (!letter.hasRecord()) {
            empty++;
            return;
        }
        if (!force && letter.redrives() >= maxRedrives) {
            refused++;
            return;
        }
        if (!dry) {
            await(startNanos);
            producer.send(
                    record(cluster, letter),
                    (done, error) -> {
                        if (error != null) {
                            failure.compareAndSet(null, error);
                        }
                    });
        }
        sent++;
    }

    /** The time when the next one may go. */
    private void await(long startNanos) {
        if (rate == null) {
            return;
        }
        long dueNanos = startNanos + sent * 1_000_000_000L / rate;
        for (long left = dueNanos - System.nanoTime();
                left > 0;
                left = dueNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** As it was, and one redrive more. */
    private ProducerRecord<byte[], byte[]> record(Cluster cluster, Letter letter) {
        String to = letter.sourceTopic();
        int count = partitions.computeIfAbsent(to, name -> cluster.topic(name).partitions().size());
        int partition = letter.sourcePartition();
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(
                        to,
                        partition >= 0 && partition < count ? partition : null,
                        letter.record().key(),
                        letter.record().value());
        for (Header header : letter.record().headers()) {
            String name = header.key();
            if (!name.startsWith(Letter.FROM_BROKER)
                    && !name.startsWith(Letter.FROM_SLUICE)
                    && !name.equals(Letter.REDRIVES)) {
                record.headers().add(header);
            }
        }
        record.headers()
                .add(
                        Letter.REDRIVES,
                        Integer.toString(letter.redrives() + 1).getBytes(StandardCharsets.UTF_8));
        return record;
    }

    private void print() {
        if (json()) {
            Json.print(
                    terminal().out(),
                    Json.object(
                            "redriven", sent, "refused", refused, "empty", empty, "dryRun", dry));
            return;
        }
        terminal().out().println((dry ? "Would send back " : "Sent back ") + sent + ".");
        if (empty > 0) {
            terminal().out().println("Left out without the record: " + empty + ".");
        }
        if (refused > 0) {
            terminal()
                    .err()
                    .printf(
                            "Left out, sent back %d times before: %d. Use --force, or a larger"
                                    + " --max-redrives.%n",
                            maxRedrives, refused);
        }
    }

    private Map<String, Object> config() {
        Map<String, Object> config = clientConfig();
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, timeoutMs());
        config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        return config;
    }
}
