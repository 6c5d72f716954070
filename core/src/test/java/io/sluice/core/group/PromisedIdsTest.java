package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupReply.Beaten;
import io.sluice.core.group.GroupReply.Joined;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who is told an id and never comes back costs a group between the protocols no more than that. */
class PromisedIdsTest {

    private static final int SESSION_MS = 6_000;

    private static final GroupSettings WITHOUT_BOUND =
            new GroupSettings(
                    1_000,
                    60_000,
                    0,
                    Integer.MAX_VALUE,
                    100,
                    1L << 40,
                    1L << 40,
                    new GroupSettings.Consumers(
                            Integer.MAX_VALUE,
                            new GroupSettings.Times(45_000, 5_000, 1_000),
                            List.of("uniform"),
                            true,
                            true,
                            Set.of()),
                    Room.SETTINGS.streams(),
                    Room.SHARES);

    private final Room room = new Room(WITHOUT_BOUND);

    private ErrorCode ask(String id) {
        return room.now(
                        new GroupCommand.Join(
                                "g",
                                "",
                                Optional.empty(),
                                id,
                                "client",
                                "/host",
                                SESSION_MS,
                                SESSION_MS,
                                "consumer",
                                List.of(new GroupCommand.Protocol("range", Bytes.NONE)),
                                true,
                                true),
                        Joined.class)
                .error();
    }

    @Test
    void atTheBoundOneIsAskedToComeAgain() {
        room.topics.put("t", 1);
        BeatMaker join = new BeatMaker("g", "n", 0);
        join.wants(List.of("t")).owns(PartitionSet.NONE).timeout(SESSION_MS);
        room.now(join.made(), Beaten.class);
        for (int i = 0; i < MixedGroups.MAX_PROMISED; i++) {
            assertThat(ask("p" + i)).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
        }
        assertThat(ask("one-more")).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        room.advance(SESSION_MS);
        assertThat(ask("one-more")).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
    }
}
