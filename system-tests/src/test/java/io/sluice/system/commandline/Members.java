package io.sluice.system.commandline;

import io.sluice.system.harness.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Members of share groups, whose queues the command line is asked about. */
final class Members {

    static final Duration LIMIT = Duration.ofSeconds(30);

    private Members() {}

    /**
     * Takes so many records of a topic that has the name of its group.
     *
     * @param said what becomes of a record with that value
     */
    static void take(
            String bootstrap, String group, int count, Function<String, AcknowledgeType> said) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "group.id",
                        group,
                        "client.id",
                        "tester",
                        "share.acknowledgement.mode",
                        "explicit");
        try (KafkaShareConsumer<String, String> member =
                new KafkaShareConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer())) {
            member.subscribe(List.of(group));
            int[] taken = new int[1];
            Await.until(
                    "records",
                    LIMIT,
                    () -> {
                        for (ConsumerRecord<String, String> record :
                                member.poll(Duration.ofMillis(200))) {
                            member.acknowledge(record, said.apply(record.value()));
                            taken[0]++;
                        }
                        member.commitSync();
                        return taken[0] >= count;
                    });
        }
    }
}
