package io.sluice.kafka.fetch;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.partition.Partition;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.Missing;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.KafkaRequest;
import io.sluice.kafka.fetch.FetchSession.Key;
import io.sluice.kafka.fetch.FetchSession.Wanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.jspecify.annotations.Nullable;

/**
 * What one fetch request asks, and its answer; how that is come by is a matter of its round. Owned
 * by the connection's loop.
 *
 * @param handler whose it is
 * @param wanted the partitions, in the order in which they are served; not changed meanwhile
 * @param session the session that partitions and answers are remembered in, if there is one
 * @param incremental whether only what changed is answered
 */
record FetchCall(
        FetchHandler handler,
        KafkaServices services,
        KafkaRequest request,
        FetchRequestData data,
        Map<Key, Wanted> wanted,
        @Nullable FetchSession session,
        boolean incremental) {

    /** How long a fetch may wait, whatever the client asks. */
    private static final int MAX_WAIT_MS = 60_000;

    /** What a consumer asks for that leaves out what is not committed. */
    private static final byte READ_COMMITTED = 1;

    boolean committed() {
        return data.isolationLevel() == READ_COMMITTED;
    }

    int maxBytes() {
        return Math.clamp(data.maxBytes(), 0, services.fetchMaxBytes());
    }

    /** 0 if it is to be answered at once. */
    int waitMs() {
        return wanted.isEmpty() ? 0 : Math.clamp(data.maxWaitMs(), 0, MAX_WAIT_MS);
    }

    List<FetchItem> locate() {
        List<FetchItem> items = new ArrayList<>(wanted.size());
        wanted.forEach((key, what) -> items.add(locate(key, what)));
        return items;
    }

    private FetchItem locate(Key key, Wanted what) {
        Partition partition = find(key);
        ErrorCode error =
                partition == null
                        ? Missing.why(topic(key), key.partition(), byId())
                        : ErrorCode.NONE;
        return new FetchItem(key, what, partition, error);
    }

    private @Nullable Partition find(Key key) {
        return byId()
                ? services.partitions().find(Ids.fromKafka(key.topicId()), key.partition())
                : services.partitions().find(new TopicPartition(key.topic(), key.partition()));
    }

    /** Whether it is gone since: deleted, and perhaps made again. Any thread. */
    boolean isGone(FetchItem item) {
        return find(item.key) != item.partition;
    }

    private boolean byId() {
        return request.version() >= FetchHandler.FIRST_WITH_TOPIC_ID;
    }

    private @Nullable TopicImage topic(Key key) {
        ClusterImage image = services.metadata().image();
        return byId()
                ? image.topicsById().get(Ids.fromKafka(key.topicId()))
                : image.topics().get(key.topic());
    }

    /** Takes the slices over; or, if the answer cannot be written, the request is abandoned. */
    void answer(List<FetchItem> items) {
        FetchAnswer answer =
                new FetchAnswer(services, request.version(), request.listener(), committed());
        for (FetchItem item : items) {
            answer.add(item, topic(item.key), incremental);
        }
        if (session != null) {
            for (FetchItem item : items) {
                if (item.bytes() > 0) {
                    session.toTheEnd(item.key);
                }
            }
        }
        FetchResponseData response =
                answer.response(session == null ? FetchSessions.NO_SESSION : session.id());
        handler.stamp(request, data, response);
        request.reply(response);
    }
}
