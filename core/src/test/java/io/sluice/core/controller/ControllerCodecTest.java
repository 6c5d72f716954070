package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.ControllerReply.Standing;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Commands and replies as they go between brokers. */
final class ControllerCodecTest {

    private static final PartitionImage MOVING =
            new PartitionImage(
                    0,
                    List.of(1, 2, 3),
                    List.of(new Uuid(1, 1), Uuid.ZERO, PartitionImage.LOST_DIRECTORY),
                    List.of(1),
                    List.of(2),
                    List.of(3),
                    List.of(3),
                    List.of(2),
                    1,
                    5,
                    9,
                    4,
                    true);

    private static final ControllerReply REPLY =
            new ControllerReply(
                    List.of(
                            new Outcome(
                                    ErrorCode.NEW_LEADER_ELECTED,
                                    "why",
                                    Optional.of(
                                            new TopicImage(
                                                    new Uuid(5, 6),
                                                    "orders",
                                                    List.of(MOVING),
                                                    Collections.unmodifiableSortedMap(
                                                            new TreeMap<>()))),
                                    Optional.of(MOVING)),
                            new Outcome(ErrorCode.NONE, "", Optional.empty())),
                    8L,
                    9L,
                    Standing.SHUTTING_DOWN);

    @Test
    void everyCommandComesBack() {
        Set<String> kinds = new TreeSet<>();
        for (Class<?> kind : ControllerCommand.class.getPermittedSubclasses()) {
            kinds.add(kind.getName());
        }
        assertThat(Commands.all())
                .extracting(one -> one.getClass().getName())
                .hasSameElementsAs(kinds);
        for (ControllerCommand command : Commands.all()) {
            assertThat(ControllerCommandCodec.decode(ControllerCommandCodec.encode(command)))
                    .isEqualTo(command);
        }
    }

    @Test
    void aReplyComesBack() {
        assertThat(ControllerReplyCodec.decode(ControllerReplyCodec.encode(REPLY)))
                .isEqualTo(REPLY);
    }

    @Test
    void anErrorOfALaterVersionIsOneThatHasNoName() {
        ByteBuffer bytes =
                ControllerReplyCodec.encode(
                        new ControllerReply(
                                List.of(new Outcome(ErrorCode.NONE, "", Optional.empty())),
                                0L,
                                0L));
        bytes.putInt(5, 30_000);
        assertThat(ControllerReplyCodec.decode(bytes).outcomes().getFirst().error())
                .isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
    }

    @Test
    void anotherFormatOrNumberIsNamed() {
        assertThatThrownBy(() -> ControllerCommandCodec.decode(ByteBuffer.wrap(new byte[] {9, 1})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a command of format 9");
        assertThatThrownBy(() -> ControllerCommandCodec.decode(ByteBuffer.wrap(new byte[] {1, 99})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("command 99 is not known");
        assertThatThrownBy(() -> ControllerReplyCodec.decode(ByteBuffer.allocate(0)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anyBytesGiveACommandOrAFault() {
        for (ControllerCommand command : Commands.all()) {
            damage(ControllerCommandCodec.encode(command), ControllerCommandCodec::decode);
        }
        damage(ControllerReplyCodec.encode(REPLY), ControllerReplyCodec::decode);
    }

    private static void damage(ByteBuffer good, Function<ByteBuffer, ?> decoder) {
        Random random = new Random(1);
        for (int i = 0; i < 3_000; i++) {
            byte[] bytes = new byte[good.remaining()];
            good.get(0, bytes);
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            ByteBuffer bad = ByteBuffer.wrap(bytes, 0, random.nextInt(bytes.length) + 1).slice();
            try {
                assertThat(decoder.apply(bad)).isNotNull();
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageMatching("(?s).+");
            }
        }
    }
}
