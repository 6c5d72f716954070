package io.sluice.kafka.api;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Why a partition is not hosted here. */
public final class Missing {

    private Missing() {}

    /**
     * @param topic as the image has it, or null
     * @param byId the client named it by identity
     */
    public static ErrorCode why(@Nullable TopicImage topic, int partition, boolean byId) {
        if (topic == null) {
            return byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (partition < 0 || partition >= topic.partitions().size()) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        // Known and not open here: it is being opened, or another broker has it. Ask again.
        return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
}
