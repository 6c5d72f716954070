package io.sluice.benchmarks.sidebyside;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * RabbitMQ as the machine has it: a durable queue, persistent messages with publisher confirms,
 * consumers with a prefetch as large as a share consumer's poll, that acknowledge a hundred at
 * once. A classic queue delivers a message before it is on disk; a quorum queue, as Sluice does,
 * once it is.
 */
class RabbitSide implements QueueSide {

    private static final Pattern READY =
            Pattern.compile("rabbitmq ready: (\\S+) pid=(\\d+) version=(\\S+)");
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    static final int PREFETCH = 500;
    static final int ACKNOWLEDGED_TOGETHER = 100;
    static final int CONFIRMED_TOGETHER = 1_000;
    private static final long POLL_NANOS = 1_000_000L;

    private final Process process;
    private final long pid;
    private final String version;
    private final String type;
    private final ConnectionFactory factory = new ConnectionFactory();
    private final QueueRecord record = new QueueRecord();

    /**
     * @param type of its queues: classic or quorum
     */
    RabbitSide(Path root, Path data, String type) {
        this.type = type;
        int port = Peer.freePort();
        Path script = root.resolve("benchmarks/peer-rabbitmq/start-rabbitmq.sh");
        process =
                Peer.launch(
                        List.of(script.toString(), Integer.toString(port), data.toString()), data);
        Matcher ready = Peer.await(READY, "RabbitMQ", process, data, START_LIMIT);
        pid = Long.parseLong(ready.group(2));
        version = ready.group(3);
        factory.setHost("127.0.0.1");
        factory.setPort(port);
    }

    /** Where it listens. */
    String uri() {
        return "amqp://guest:guest@%s:%d".formatted(factory.getHost(), factory.getPort());
    }

    /** Records that are in a queue and with nobody. */
    long ready(String queue) {
        long[] count = new long[1];
        channel(channel -> count[0] = channel.messageCount(queue));
        return count[0];
    }

    @Override
    public String name() {
        return "rabbitmq " + version + ", " + type;
    }

    /** What is done with a channel. */
    private interface Use {
        void on(Channel channel) throws IOException, InterruptedException, TimeoutException;
    }

    private void channel(Use use) {
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            use.on(channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (TimeoutException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void create(String queue) {
        channel(channel ->
                channel.queueDeclare(queue, true, false, false, Map.of("x-queue-type", type)));
    }

    @Override
    public void delete(String queue) {
        channel(channel -> channel.queueDelete(queue));
    }

    @Override
    public void fill(String queue, long records) {
        channel(channel -> {
            channel.confirmSelect();
            for (long sent = 0; sent < records; sent++) {
                publish(channel, queue, System.nanoTime());
                if (sent % CONFIRMED_TOGETHER == CONFIRMED_TOGETHER - 1 || sent == records - 1) {
                    channel.waitForConfirmsOrDie();
                }
            }
        });
    }

    private void publish(Channel channel, String queue, long dueNanos) throws IOException {
        channel.basicPublish("", queue, MessageProperties.PERSISTENT_BASIC, record.due(dueNanos));
    }

    @Override
    public void pace(String queue, int perSecond, long nanos) {
        long interval = 1_000_000_000L / perSecond;
        channel(channel -> {
            channel.confirmSelect();
            long start = System.nanoTime();
            for (long i = 0; i < nanos / interval; i++) {
                publish(channel, queue, Pace.await(start + i * interval));
            }
            channel.waitForConfirmsOrDie();
        });
    }

    @Override
    public long drain(String queue, int consumers, long records, long maxNanos, Taken taken) {
        AtomicLong count = new AtomicLong();
        long start = System.nanoTime();
        return Client.parallel(
                consumers,
                number -> {
                    AtomicLong own = new AtomicLong();
                    channel(channel -> {
                        channel.basicQos(PREFETCH);
                        channel.basicConsume(queue, false, new Taker(channel, taken, count, own));
                        while (count.get() < records && System.nanoTime() - start < maxNanos) {
                            LockSupport.parkNanos(POLL_NANOS);
                        }
                    });
                    return own.get();
                });
    }

    /** A consumer; its connection's thread calls. */
    private static final class Taker extends DefaultConsumer {
        private final Taken taken;
        private final AtomicLong count;
        private final AtomicLong own;
        private boolean stopped;

        Taker(Channel channel, Taken taken, AtomicLong count, AtomicLong own) {
            super(channel);
            this.taken = taken;
            this.count = count;
            this.own = own;
        }

        /** What comes now goes back to the queue. */
        synchronized void stop() {
            stopped = true;
        }

        @Override
        public synchronized void handleDelivery(
                String tag,
                Envelope envelope,
                AMQP.@Nullable BasicProperties properties,
                byte[] body)
                throws IOException {
            if (stopped) {
                return;
            }
            taken.taken(body);
            if (own.incrementAndGet() % ACKNOWLEDGED_TOGETHER == 0) {
                getChannel().basicAck(envelope.getDeliveryTag(), true);
            }
            count.incrementAndGet();
        }
    }

    @Override
    public ProcessFigures figures() {
        return ProcessFigures.of(pid);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
