package io.sluice.cli.client;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How records go out: the options every command that produces has, as a mixin. */
public final class ProducerOptions {

    private static final long MAX_BATCH_BYTES = 64L * 1024 * 1024;

    /** Who has to hold a record before it counts as sent. */
    public enum Acks {
        all,
        leader,
        none;

        String setting() {
            return switch (this) {
                case all -> "all";
                case leader -> "1";
                case none -> "0";
            };
        }
    }

    /** A codec of the record batch format. */
    public enum Compression {
        none,
        gzip,
        snappy,
        lz4,
        zstd
    }

    @Option(
            names = "--acks",
            paramLabel = "all|1|0",
            defaultValue = "all",
            converter = AcksConverter.class,
            description = "Who has to hold a record before it counts (${DEFAULT-VALUE}).")
    private Acks acks = Acks.all;

    @Option(
            names = {"-z", "--compression"},
            paramLabel = "CODEC",
            defaultValue = "none",
            description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Compression compression = Compression.none;

    @Option(
            names = "--batch-size",
            paramLabel = "SIZE",
            defaultValue = "64KB",
            converter = BatchSizeConverter.class,
            description = "How much of a partition goes together at most (${DEFAULT-VALUE}).")
    private int batchBytes;

    @Option(
            names = "--linger",
            paramLabel = "DURATION",
            defaultValue = "5ms",
            converter = DurationConverter.class,
            description = "How long a batch waits to fill (${DEFAULT-VALUE}).")
    private Duration linger = Duration.ofMillis(5);

    /** Whether a retry can be told from a new record: only where all replicas answer. */
    public boolean canBeIdempotent() {
        return acks == Acks.all;
    }

    public int batchBytes() {
        return batchBytes;
    }

    /**
     * Adds what a producer of bytes needs.
     *
     * @param timeoutMs how long a record may take, from the call to its acknowledgement
     */
    public void configure(Map<String, Object> config, int timeoutMs) {
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.ACKS_CONFIG, acks.setting());
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, canBeIdempotent());
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression.name());
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, batchBytes);
        int lingerMs = (int) Math.clamp(linger.toMillis(), 0, Integer.MAX_VALUE / 2);
        config.put(ProducerConfig.LINGER_MS_CONFIG, lingerMs);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (long) timeoutMs);
        // The client wants more for a delivery than for lingering and one request together.
        config.put(
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                (int) Math.min(Integer.MAX_VALUE, (long) timeoutMs + lingerMs + 1));
    }

    /** Takes Kafka's numbers and the words for them. */
    private static final class AcksConverter implements ITypeConverter<Acks> {
        @Override
        public Acks convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "all", "-1" -> Acks.all;
                case "1", "leader" -> Acks.leader;
                case "0", "none" -> Acks.none;
                default ->
                        throw new TypeConversionException(
                                "'" + text + "' is none of them: write all, 1 or 0");
            };
        }
    }

    private static final class BatchSizeConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            long bytes = new SizeConverter().convert(text);
            if (bytes > MAX_BATCH_BYTES) {
                throw new TypeConversionException("'" + text + "' is too much: 64MB is the most");
            }
            return (int) bytes;
        }
    }
}
