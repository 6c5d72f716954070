package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.sluice.core.controller.TopicImage;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.KafkaConnection;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Frames that are nearly valid, in every version of every API, and garbage (I-29). Each ends in an
 * answer or a closed connection; the broker serves on, nothing of it breaks, no memory stays.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FuzzTest {

    private static final int FRAMES = Integer.getInteger("sluice.fuzz.frames", 600);
    private static final int CHECK_EVERY = 250;
    private static final int TIMEOUT_MS = 15_000;
    private static final int[] NASTY = {
        -1, 0, 1, 2, 0x7fff, 0x8000, 0xffff, 1_000_000, Integer.MAX_VALUE, Integer.MIN_VALUE
    };

    private final ListAppender<ILoggingEvent> defects = new ListAppender<>();
    private TestBroker broker;
    private Requests requests;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home);
        broker.createTopic("here", 2, Map.of());
        TopicImage topic = requireNonNull(broker.image().topics().get("here"));
        requests = new Requests("here", Ids.toKafka(topic.id()), home.resolve("two").toString());
        defects.start();
        ((Logger) LoggerFactory.getLogger(KafkaConnection.class)).addAppender(defects);
    }

    @AfterAll
    void stop() throws Exception {
        ((Logger) LoggerFactory.getLogger(KafkaConnection.class)).detachAppender(defects);
        broker.close();
    }

    @Test
    void noFrameBreaksAnything() throws Exception {
        long seed = Long.getLong("sluice.fuzz.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < FRAMES; i++) {
            byte[] frame = mutate(valid(random), random);
            assertThat(endsInTime(frame))
                    .as("seed %d frame %d: %s", seed, i, Arrays.toString(frame))
                    .isTrue();
            if (i % CHECK_EVERY == 0) {
                serves(seed);
            }
        }
        serves(seed);
    }

    private void serves(long seed) throws IOException {
        try (RawClient client = broker.connect()) {
            client.createTopicIfMissing("alive");
        }
        assertThat(broker.defects).as("seed %d", seed).isEmpty();
        assertThat(defects.list).as("seed %d", seed).isEmpty();
    }

    private byte[] valid(Random random) {
        Api[] apis = Api.values();
        Api api = apis[random.nextInt(apis.length)];
        int version = api.lowest() + random.nextInt(api.highest() - api.lowest() + 1);
        ApiKeys key = ApiKeys.forId(api.key());
        return RawClient.frame(key, (short) version, i(random), requests.of(key, version));
    }

    private static int i(Random random) {
        return random.nextInt();
    }

    private static byte[] mutate(byte[] frame, Random random) {
        byte[] bytes = frame.clone();
        switch (random.nextInt(8)) {
            case 0 -> { // garbage, with a length that is true
                bytes = new byte[4 + random.nextInt(300)];
                random.nextBytes(bytes);
                ByteBuffer.wrap(bytes).putInt(bytes.length - 4);
            }
            case 1 -> { // cut short, the length follows
                bytes = Arrays.copyOf(bytes, 4 + random.nextInt(bytes.length - 4));
                ByteBuffer.wrap(bytes).putInt(bytes.length - 4);
            }
            case 2 -> { // longer
                bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(50));
                ByteBuffer.wrap(bytes).putInt(bytes.length - 4);
            }
            case 3 -> ByteBuffer.wrap(bytes).putInt(NASTY[random.nextInt(NASTY.length)]);
            case 4, 5 -> { // an int somewhere
                int at = 8 + random.nextInt(Math.max(1, bytes.length - 12));
                if (at + 4 <= bytes.length) {
                    ByteBuffer.wrap(bytes).putInt(at, NASTY[random.nextInt(NASTY.length)]);
                }
            }
            default -> {
                for (int n = 1 + random.nextInt(6); n > 0; n--) {
                    bytes[4 + random.nextInt(bytes.length - 4)] = (byte) random.nextInt();
                }
            }
        }
        return bytes;
    }

    /** Sends a frame and no more; whatever it was, the connection comes to its end. */
    private boolean endsInTime(byte[] frame) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(broker.address(), TIMEOUT_MS);
            socket.setSoTimeout(TIMEOUT_MS);
            try {
                socket.getOutputStream().write(frame);
                socket.shutdownOutput();
                InputStream in = socket.getInputStream();
                byte[] taken = new byte[8_192];
                while (in.read(taken) >= 0) {
                    // answers are checked elsewhere
                }
            } catch (SocketException reset) {
                return true;
            } catch (java.net.SocketTimeoutException late) {
                return false;
            }
            return true;
        }
    }
}
