package io.sluice.system.clients;

import io.sluice.outbox.OutboxTables;
import io.sluice.outbox.Publisher;
import io.sluice.outbox.Relay;
import io.sluice.outbox.RelayListener;
import io.sluice.outbox.RelayOptions;
import io.sluice.outbox.harness.Sources;
import io.sluice.outbox.kafka.KafkaPublisher;
import io.sluice.outbox.kafka.TransactionalKafkaPublisher;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/**
 * A relay in a process of its own: {@code url user bootstrap plain|transactional}. Says {@code
 * active} when it is, stops when its standard input ends.
 */
public final class OutboxProgram {

    private OutboxProgram() {}

    /** Small bounds, so that a test of seconds meets all of them. */
    static final RelayOptions OPTIONS =
            RelayOptions.DEFAULT
                    .withBatch(40, 1 << 20)
                    .withPollInterval(Duration.ofMillis(20))
                    .withLease(Duration.ofSeconds(1))
                    .withPatience(Duration.ofSeconds(2), Duration.ofSeconds(3))
                    .withBackoff(Duration.ofMillis(20), Duration.ofMillis(500));

    public static void main(String[] arguments) throws IOException {
        Map<String, String> client =
                Map.of(
                        "bootstrap.servers", arguments[2],
                        "max.block.ms", "1000",
                        "reconnect.backoff.max.ms", "200");
        Publisher.Factory publishers =
                arguments[3].equals("transactional")
                        ? TransactionalKafkaPublisher.factory(client)
                        : KafkaPublisher.factory(client);
        try (Relay relay =
                Relay.start(
                        Sources.of(arguments[0], arguments[1]),
                        OutboxTables.DEFAULT,
                        publishers,
                        OPTIONS,
                        new Loud())) {
            while (System.in.read() >= 0) {
                // What is typed is not looked at.
            }
        }
        System.out.println("closed");
    }

    private static final class Loud implements RelayListener {
        @Override
        public void active() {
            System.out.println("active");
        }

        @Override
        public void standby() {
            System.out.println("standby");
        }

        @Override
        public void parked(String topic, String messageId, String reason) {
            System.out.println("parked " + messageId + " " + reason);
        }

        @Override
        public void held(String topic, String reason, Duration retryIn) {
            System.out.println("held " + topic + " " + reason);
        }

        @Override
        public void failed(Throwable failure, Duration retryIn) {
            System.out.println("failed " + failure);
        }
    }
}
