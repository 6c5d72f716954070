package io.sluice.simulator.cluster;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupCoordinator;
import io.sluice.core.group.GroupEvent;
import io.sluice.core.group.GroupEventFormat;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.GroupSettings;
import io.sluice.core.group.Topics;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.CoordinatorSettings;
import io.sluice.engine.coordinator.EventCodec;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partitions;
import io.sluice.storage.compress.LibraryCodecs;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The coordinators of groups on one broker, as production has them. */
public final class Groups {

    /** Where they keep what they know. */
    public static final String TOPIC = "__consumer_offsets";

    private static final long FOR_EVER_MS = 1L << 39;

    private static final int SESSION_MS = 2_000;
    private static final int HEARTBEAT_MS = 300;

    private static final EventCodec<GroupEvent> CODEC =
            EventCodec.of(GroupEventFormat::key, GroupEventFormat::value, GroupEventFormat::read);

    private Groups() {}

    private static GroupSettings settings(Spoilt spoilt) {
        int sessionMs = spoilt.memberSessionMs(SESSION_MS);
        return new GroupSettings(
                1_000,
                60_000,
                100,
                100,
                4_096,
                FOR_EVER_MS,
                FOR_EVER_MS,
                new GroupSettings.Consumers(
                        100,
                        new GroupSettings.Times(sessionMs, HEARTBEAT_MS, 0),
                        List.of("uniform"),
                        true,
                        true,
                        Set.of(TOPIC)),
                new GroupSettings.Streams(
                        100, new GroupSettings.StreamsTimes(sessionMs, HEARTBEAT_MS, 0, 0)),
                new GroupSettings.Shares(
                        100, new GroupSettings.ShareTimes(sessionMs, HEARTBEAT_MS)));
    }

    static CoordinatorHost<GroupCommand, GroupEvent, GroupReply> host(
            int brokerId, Metadata metadata, Partitions partitions, IoThreads io, Spoilt spoilt) {
        Topics topics = topics(metadata);
        GroupSettings settings = settings(spoilt);
        return new CoordinatorHost<>(
                CoordinatorSettings.of(TOPIC),
                brokerId,
                metadata,
                partitions,
                io,
                new LibraryCodecs(),
                partition -> new GroupCoordinator(settings, topics),
                CODEC);
    }

    private static Topics topics(Metadata metadata) {
        return new Topics() {
            @Override
            public ClusterImage image() {
                return metadata.image();
            }

            @Override
            public Predicate<String> pattern(String expression) {
                return expression::equals;
            }
        };
    }
}
