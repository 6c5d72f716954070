package io.sluice.system.clients;

import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;

/**
 * Counts words in a state store and in windows of a minute, until its input ends. Run with Kafka
 * Streams' own jars.
 */
public final class StreamsProgram {

    private StreamsProgram() {}

    /**
     * Bootstrap address, folder of the state, group protocol, processing guarantee if not default.
     */
    public static void main(String[] arguments) throws Exception {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, "word-count");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
        config.put(StreamsConfig.STATE_DIR_CONFIG, arguments[1]);
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put("auto.offset.reset", "earliest");
        config.put("group.protocol", arguments[2]);
        if (arguments.length > 3) {
            config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, arguments[3]);
        }
        if (arguments[2].equals("classic")) {
            // It does not leave its group when it ends, so the next one waits for so long.
            config.put("session.timeout.ms", 6_000);
            config.put("heartbeat.interval.ms", 500);
        }
        try (KafkaStreams streams = new KafkaStreams(topology(), config)) {
            streams.start();
            while (System.in.read() >= 0) {
                // on until the end
            }
        }
    }

    private static Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        KGroupedStream<String, String> words =
                builder.<String, String>stream("text")
                        .flatMapValues(line -> Arrays.asList(line.split(" ")))
                        .groupBy((key, word) -> word, Grouped.as("words"));
        words.count(Materialized.as("total"))
                .toStream()
                .mapValues(count -> Long.toString(count))
                .to("counts");
        words.windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofMinutes(1)))
                .count(Materialized.as("by-minute"))
                .toStream((window, count) -> window.key() + "@" + window.window().start())
                .mapValues(count -> Long.toString(count))
                .to("windows");
        return builder.build();
    }
}
