package io.sluice.kafka.share;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply.Summary;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A share group whose queues somebody wants to change: it is to have no members meanwhile. */
final class EmptyGroup {

    private EmptyGroup() {}

    /**
     * Asks for the queues of a group without members.
     *
     * @param then takes them, by their keys; or {@code refused} the reason why not
     */
    static void ask(
            KafkaServices services,
            KafkaRequest request,
            String group,
            Consumer<Map<ShareKey, Summary>> then,
            Consumer<ErrorCode> refused) {
        services.groups()
                .ask(
                        request,
                        group,
                        new GroupCommand.DescribeShares(group),
                        GroupReply.SharesDescribed.class,
                        described -> {
                            switch (described.state()) {
                                case DEAD -> refused.accept(ErrorCode.GROUP_ID_NOT_FOUND);
                                case EMPTY -> list(services, request, group, then, refused);
                                default -> refused.accept(ErrorCode.NON_EMPTY_GROUP);
                            }
                        },
                        refused);
    }

    private static void list(
            KafkaServices services,
            KafkaRequest request,
            String group,
            Consumer<Map<ShareKey, Summary>> then,
            Consumer<ErrorCode> refused) {
        services.shares()
                .known()
                .list(
                        group,
                        request.loop(),
                        listing ->
                                request.guarded(() -> {
                                    if (listing.error() != ErrorCode.NONE) {
                                        refused.accept(listing.error());
                                        return;
                                    }
                                    Map<ShareKey, Summary> queues = new HashMap<>();
                                    listing.queues().forEach(one -> queues.put(one.key(), one));
                                    then.accept(queues);
                                }));
    }
}
