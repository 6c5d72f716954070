package io.sluice.kafka.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareKey;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.AgainField;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import io.sluice.kafka.share.ShareSession.Owner;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.jspecify.annotations.Nullable;

/**
 * ShareFetch, versions 1 and 2 (KIP-932, KIP-1206, KIP-1222): opens a share session with epoch 0,
 * goes on with it, and closes it with -1; what became of records that were delivered before comes
 * along. The work of one request is in {@link ShareFetchRound}.
 */
public final class ShareFetchHandler implements ApiHandler {

    private final KafkaServices services;
    private final ShareReaders readers;

    /**
     * @param readers the same that ShareAcknowledge has
     */
    public ShareFetchHandler(KafkaServices services, ShareReaders readers) {
        this.services = services;
        this.readers = readers;
    }

    @Override
    public Api api() {
        return Api.SHARE_FETCH;
    }

    @Override
    public void handle(KafkaRequest request) {
        ShareFetchRequestData data = request.message(ShareFetchRequestData.class);
        String group = data.groupId();
        String member = data.memberId();
        if (group == null || group.isEmpty() || member == null || member.isEmpty()) {
            refuse(request, ErrorCode.INVALID_REQUEST, "no group, or no member: name both");
            return;
        }
        boolean mayRenew = data.isRenewAck() && services.shares().rules().mayRenew(group);
        Map<ShareKey, Settled> settled = settled(data, mayRenew);
        Owner owner = new Owner(group, member);
        if (data.shareSessionEpoch() == ShareSessions.INITIAL_EPOCH) {
            open(request, data, owner, settled);
            return;
        }
        ErrorCode error =
                readers.find(
                        request,
                        owner,
                        data.shareSessionEpoch(),
                        session -> goOn(request, data, session, settled));
        if (error != ErrorCode.NONE) {
            refuse(request, error, null);
        }
    }

    private void open(
            KafkaRequest request,
            ShareFetchRequestData data,
            Owner owner,
            Map<ShareKey, Settled> settled) {
        if (!settled.isEmpty()) {
            refuse(request, ErrorCode.INVALID_REQUEST, "who begins a session holds nothing in it");
            return;
        }
        ShareSession session = readers.open(request, owner);
        if (session == null) {
            refuse(request, ErrorCode.SHARE_SESSION_LIMIT_REACHED, null);
            return;
        }
        goOn(request, data, session, settled);
    }

    private void goOn(
            KafkaRequest request,
            ShareFetchRequestData data,
            ShareSession session,
            Map<ShareKey, Settled> settled) {
        boolean last = data.shareSessionEpoch() == ShareSessions.FINAL_EPOCH;
        if (!last) {
            update(session, data);
            if (!readers.fits(request, session)) {
                refuse(request, ErrorCode.SHARE_SESSION_LIMIT_REACHED, null);
                return;
            }
        } else {
            readers.close(request, session);
        }
        new ShareFetchRound(services, request, data, session, settled).begin(last);
    }

    private static void update(ShareSession session, ShareFetchRequestData data) {
        String group = session.owner().group();
        for (FetchTopic topic : data.topics()) {
            for (FetchPartition partition : topic.partitions()) {
                session.add(
                        new ShareKey(
                                group, Ids.fromKafka(topic.topicId()), partition.partitionIndex()));
            }
        }
        for (ForgottenTopic topic : data.forgottenTopicsData()) {
            for (int partition : topic.partitions()) {
                session.forget(new ShareKey(group, Ids.fromKafka(topic.topicId()), partition));
            }
        }
    }

    private static Map<ShareKey, Settled> settled(ShareFetchRequestData data, boolean mayRenew) {
        Map<ShareKey, Settled> all = new LinkedHashMap<>();
        for (FetchTopic topic : data.topics()) {
            for (FetchPartition partition : topic.partitions()) {
                if (partition.acknowledgementBatches().isEmpty()) {
                    continue;
                }
                Settled settled = new Settled(mayRenew);
                partition
                        .acknowledgementBatches()
                        .forEach(one ->
                                settled.add(
                                        one.firstOffset(),
                                        one.lastOffset(),
                                        one.acknowledgeTypes(),
                                        AgainField.atMs(one.unknownTaggedFields())));
                all.put(
                        new ShareKey(
                                data.groupId(),
                                Ids.fromKafka(topic.topicId()),
                                partition.partitionIndex()),
                        settled);
            }
        }
        return all;
    }

    private static void refuse(KafkaRequest request, ErrorCode error, @Nullable String why) {
        request.reply(new ShareFetchResponseData().setErrorCode(error.code()).setErrorMessage(why));
    }
}
