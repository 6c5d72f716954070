package io.sluice.kafka;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import io.sluice.kafka.FetchSessions.FetchSession;
import io.sluice.kafka.FetchSessions.Key;
import io.sluice.kafka.FetchSessions.Wanted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * One fetch request until it is answered. Reads all partitions, loop after loop, each with what is
 * left of the bytes; if that is too little it parks, watches them all, and reads again when one
 * grows or time is up. Owned by the connection's loop; a pass visits the partitions' loops in turn.
 *
 * <pre>
 *   reading ──enough, an error, or no more time──▶ warming ──▶ answered
 *      ▲  └──too little──▶ parked
 *      └──a watch wakes, or the deadline──┘
 * </pre>
 */
final class FetchRound {

    private static final short FIRST_WITH_TOPIC_ID = 13;

    private final KafkaServices services;
    private final KafkaRequest request;
    private final FetchRequestData data;
    private final @Nullable FetchSession session;
    private final boolean incremental;
    private final List<Item> items = new ArrayList<>();
    private final Map<EventLoop, List<Item>> byLoop = new LinkedHashMap<>(2);
    private final long deadlineNanos;
    private EventLoop.@Nullable Timer timer;
    private int bytesLeft;
    private boolean lastPass;
    private boolean parked;
    private boolean reading;
    private boolean readAgain;
    private boolean over;
    private int warming;

    /** One partition of the request. */
    private static final class Item {
        private final Key key;
        private final Wanted wanted;
        private @Nullable Partition partition;
        private Partition.@Nullable FetchResult result;
        private ErrorCode error = ErrorCode.NONE;
        private Partition.@Nullable Watch watch;

        Item(Key key, Wanted wanted) {
            this.key = key;
            this.wanted = wanted;
        }

        @Nullable FileSlice slice() {
            return result == null ? null : result.read().slice();
        }

        int bytes() {
            FileSlice slice = slice();
            return slice == null ? 0 : slice.sizeInBytes();
        }

        void release() {
            FileSlice slice = slice();
            if (slice != null) {
                slice.release();
            }
            result = null;
        }
    }

    FetchRound(
            KafkaServices services,
            KafkaRequest request,
            FetchRequestData data,
            @Nullable FetchSession session,
            boolean incremental) {
        this.services = services;
        this.request = request;
        this.data = data;
        this.session = session;
        this.incremental = incremental;
        this.deadlineNanos =
                request.loop().clock().monotonicNanos()
                        + Math.max(0, data.maxWaitMs()) * 1_000_000L;
    }

    void begin(Map<Key, Wanted> wanted) {
        wanted.forEach((key, what) -> items.add(new Item(key, what)));
        request.releaseFrame();
        request.onAbandon(this::abandon);
        request.onHurry(this::finalPass);
        lastPass = data.maxWaitMs() <= 0 || items.isEmpty();
        pass();
    }

    private void pass() {
        reading = true;
        readAgain = false;
        bytesLeft = Math.min(data.maxBytes(), services.fetchMaxBytes());
        byLoop.clear();
        for (Item item : items) {
            locate(item);
        }
        readNext(new ArrayList<>(byLoop.entrySet()), 0);
    }

    private void locate(Item item) {
        boolean byId = request.version() >= FIRST_WITH_TOPIC_ID;
        item.partition =
                byId
                        ? services.partitions()
                                .find(Ids.fromKafka(item.key.topicId()), item.key.partition())
                        : services.partitions()
                                .find(new TopicPartition(item.key.topic(), item.key.partition()));
        if (item.partition == null) {
            TopicImage topic =
                    byId
                            ? services.metadata()
                                    .image()
                                    .topicsById()
                                    .get(Ids.fromKafka(item.key.topicId()))
                            : services.metadata().image().topics().get(item.key.topic());
            item.error = Missing.why(topic, item.key.partition(), byId);
        } else {
            item.error = ErrorCode.NONE;
            byLoop.computeIfAbsent(item.partition.loop(), loop -> new ArrayList<>()).add(item);
        }
    }

    private void readNext(List<Map.Entry<EventLoop, List<Item>>> groups, int index) {
        if (index == groups.size()) {
            passed();
            return;
        }
        Map.Entry<EventLoop, List<Item>> group = groups.get(index);
        group.getKey()
                .execute(() -> {
                    for (Item item : group.getValue()) {
                        read(item);
                    }
                    request.loop().execute(() -> readNext(groups, index + 1));
                });
    }

    /** On the partition's loop. */
    private void read(Item item) {
        Partition partition = item.partition;
        if (partition == null || over) {
            return;
        }
        boolean first = bytesLeft == Math.min(data.maxBytes(), services.fetchMaxBytes());
        item.result =
                partition.fetch(
                        new Partition.FetchSpec(
                                item.wanted.fetchOffset,
                                item.wanted.currentLeaderEpoch,
                                item.wanted.lastFetchedEpoch,
                                Math.max(0, Math.min(bytesLeft, item.wanted.maxBytes)),
                                first,
                                data.isolationLevel() == 1));
        item.error = item.result.error();
        bytesLeft -= item.bytes();
    }

    /** Every partition was read once. On the connection's loop. */
    private void passed() {
        reading = false;
        if (over) {
            items.forEach(Item::release);
            return;
        }
        long bytes = 0;
        boolean mustAnswer = lastPass;
        for (Item item : items) {
            bytes += item.bytes();
            mustAnswer |= item.error != ErrorCode.NONE;
            mustAnswer |= item.result != null && item.result.diverging() != null;
        }
        if (mustAnswer || bytes >= data.minBytes()) {
            warmThenAnswer();
        } else if (readAgain) {
            items.forEach(Item::release);
            pass();
        } else {
            park();
        }
    }

    private void park() {
        parked = true;
        for (Map.Entry<EventLoop, List<Item>> group : byLoop.entrySet()) {
            group.getKey().execute(() -> group.getValue().forEach(this::watch));
        }
        if (timer == null) {
            long leftNanos = deadlineNanos - request.loop().clock().monotonicNanos();
            timer = request.loop().schedule(Math.max(0, leftNanos / 1_000_000L), this::finalPass);
        }
    }

    /** On the partition's loop. What is readable now was too little: wait for more than that. */
    private void watch(Item item) {
        Partition partition = item.partition;
        Partition.FetchResult result = item.result;
        if (partition == null || result == null) {
            return;
        }
        boolean committed = data.isolationLevel() == 1;
        long seen = committed ? result.lastStableOffset() : result.highWatermark();
        item.release();
        item.watch =
                partition.watch(
                        Math.max(item.wanted.fetchOffset, seen),
                        committed,
                        () -> request.loop().execute(this::wake));
    }

    private void wake() {
        if (over) {
            return;
        }
        if (reading) {
            readAgain = true;
        } else if (parked) {
            unpark();
            pass();
        }
    }

    private void finalPass() {
        lastPass = true;
        if (parked && !reading && !over) {
            unpark();
            pass();
        }
    }

    private void unpark() {
        parked = false;
        for (Map.Entry<EventLoop, List<Item>> group : byLoop.entrySet()) {
            List<Item> watched = group.getValue();
            group.getKey().execute(() -> watched.forEach(FetchRound::unwatch));
        }
    }

    private static void unwatch(Item item) {
        if (item.watch != null) {
            item.watch.cancel();
            item.watch = null;
        }
    }

    private void warmThenAnswer() {
        over = true;
        if (timer != null) {
            timer.cancel();
        }
        for (Item item : items) {
            Partition partition = item.partition;
            LogRead read = item.result == null ? LogRead.NOTHING : item.result.read();
            FileSlice slice = read.slice();
            if (partition != null && slice != null && read.cold()) {
                warming++;
                partition
                        .loop()
                        .execute(() ->
                                partition.warm(
                                        slice,
                                        whole ->
                                                request.loop().execute(() -> warmed(item, whole))));
            }
        }
        if (warming == 0) {
            answer();
        }
    }

    private void warmed(Item item, boolean whole) {
        if (!whole) {
            item.error = ErrorCode.KAFKA_STORAGE_ERROR;
            item.release();
        }
        if (--warming == 0) {
            answer();
        }
    }

    private void answer() {
        Map<Key, FetchResponseData.PartitionData> answers = new LinkedHashMap<>();
        for (Item item : items) {
            FetchResponseData.PartitionData answer = answer(item);
            if (!incremental || worthTelling(item, answer)) {
                answers.put(item.key, answer);
            }
            item.wanted.toldHighWatermark = answer.highWatermark();
            item.wanted.toldLogStart = answer.logStartOffset();
        }
        if (session != null) {
            for (Item item : items) {
                if (item.bytes() > 0) {
                    session.toTheEnd(item.key);
                }
            }
        }
        request.reply(
                new FetchResponseData()
                        .setSessionId(session == null ? FetchSessions.NO_SESSION : session.id())
                        .setResponses(FetchHandler.byTopic(answers)));
    }

    private static boolean worthTelling(Item item, FetchResponseData.PartitionData answer) {
        return item.bytes() > 0
                || answer.errorCode() != 0
                || answer.divergingEpoch().epoch() >= 0
                || answer.highWatermark() != item.wanted.toldHighWatermark
                || answer.logStartOffset() != item.wanted.toldLogStart;
    }

    private static FetchResponseData.PartitionData answer(Item item) {
        FetchResponseData.PartitionData answer =
                new FetchResponseData.PartitionData()
                        .setPartitionIndex(item.key.partition())
                        .setErrorCode(item.error.code())
                        .setHighWatermark(-1L)
                        .setRecords(MemoryRecords.EMPTY);
        Partition.FetchResult result = item.result;
        if (result == null) {
            return answer;
        }
        answer.setHighWatermark(result.highWatermark())
                .setLastStableOffset(result.lastStableOffset())
                .setLogStartOffset(result.logStartOffset());
        if (result.diverging() != null) {
            answer.setDivergingEpoch(
                    new FetchResponseData.EpochEndOffset()
                            .setEpoch(result.diverging().epoch())
                            .setEndOffset(result.diverging().endOffset()));
        }
        FileSlice slice = item.slice();
        if (slice != null) {
            answer.setRecords(new FileRecords(slice));
        }
        return answer;
    }

    /** The connection went. */
    private void abandon() {
        boolean wasParked = parked;
        boolean answering = over;
        over = true;
        if (timer != null) {
            timer.cancel();
        }
        if (wasParked) {
            unpark();
        } else if (!reading && !answering) {
            items.forEach(Item::release);
        }
    }
}
