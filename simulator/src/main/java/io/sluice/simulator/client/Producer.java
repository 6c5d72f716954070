package io.sluice.simulator.client;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.fake.Batches;
import io.sluice.simulator.check.Ledger;
import io.sluice.simulator.check.Ledger.Promise;
import io.sluice.simulator.check.Ledger.Sent;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Violation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends batches one after the other, several under way, and each again until it is acknowledged.
 * With {@link Promise#ONCE} it is idempotent.
 */
public final class Producer extends Client {

    /** As many as brokers remember (KIP-98). */
    private static final int WINDOW = 5;

    /** Added to a producer's id to get one that nobody else has. */
    private static final int ANOTHER = 1_000_000;

    private final Ledger ledger;
    private final Promise promise;
    private final Content content;
    private int producerId;
    private final int paceMs;

    /** Not acknowledged, in order. */
    private final List<Open> open = new ArrayList<>();

    private int sequence;
    private int wanted;
    private int acknowledged;
    private int refusals;
    private boolean making;

    /** Whether the topic was seen. */
    private boolean isKnown;

    /** Batches whose topic went before they were acknowledged. */
    private int gone;

    /** How many of the open ones were sent on this connection. */
    private int underWay;

    private boolean working;

    /** Told once in the transcript, not with every retry. */
    private ErrorCode lastRefusal = ErrorCode.NONE;

    private record Open(Sent batch, int sequence) {}

    /** What batches hold: the same each time it is asked for. */
    public interface Content {

        /** Nothing that can be read. */
        Content NOISE = batch -> Batches.plain(batch.records(), Stored.FIRST_ID + batch.id());

        /** A batch of its number, without a producer. */
        ByteBuffer of(Sent batch);
    }

    /**
     * @param paceMs about how long it takes until the next batch is there to be sent
     */
    public Producer(
            Site site,
            Ledger ledger,
            int number,
            TopicPartition partition,
            Promise promise,
            int paceMs) {
        this(site, ledger, number, partition, promise, paceMs, Content.NOISE);
    }

    /**
     * @param content of its batches
     */
    public Producer(
            Site site,
            Ledger ledger,
            int number,
            TopicPartition partition,
            Promise promise,
            int paceMs,
            Content content) {
        super(site, number, "producer", partition);
        this.content = content;
        this.ledger = ledger;
        this.promise = promise;
        this.producerId = number;
        this.paceMs = paceMs;
        this.sequence = random.nextInt(4) == 0 ? Integer.MAX_VALUE - 20 : 0;
    }

    /** Has so many more batches to send. */
    public void send(int batches) {
        wanted += batches;
        if (!making) {
            making = true;
            retryLater();
            makeNext();
        }
    }

    public int acknowledged() {
        return acknowledged;
    }

    public int gone() {
        return gone;
    }

    public int refusals() {
        return refusals;
    }

    public boolean isDone() {
        return wanted == 0 && open.isEmpty();
    }

    @Override
    void otherTopic() {
        gone += open.size();
        open.clear();
        acknowledged = 0;
        if (isKnown) {
            producerId += ANOTHER; // brokers may still think of the former topic, and again
            sequence = 0;
        }
        isKnown = true;
    }

    private void makeNext() {
        if (isKnown && wanted > 0 && open.size() < 2 * WINDOW) {
            wanted--;
            int records = 1 + random.nextInt(3);
            open.add(new Open(ledger.newBatch(identity(), records, promise), sequence));
            sequence = (sequence + records) & Integer.MAX_VALUE;
            pump();
        }
        if (wanted > 0) {
            world().afterMs(1 + random.nextInt(2 * paceMs), this::makeNext);
        } else {
            making = false;
        }
    }

    @Override
    void connected() {
        working = true;
        pump();
    }

    @Override
    void disconnected() {
        working = false;
        underWay = 0;
    }

    /**
     * One at a time until the broker knows the producer: the first batch it sees of one may have
     * any sequence, so one that overtakes a refused one would lock that out. Kafka is no different.
     */
    private void pump() {
        int window = promise != Promise.ONCE ? 2 : acknowledged > 0 ? WINDOW : 1;
        while (working && underWay < Math.min(open.size(), window)) {
            sendNow(open.get(underWay++));
        }
    }

    private void sendNow(Open one) {
        ByteBuffer bytes = bytes(one);
        short acks = (short) (promise == Promise.RECEIVED ? 1 : -1);
        int timeoutMs = 50 + random.nextInt(2_000);
        Uuid to = topicId; // it may arrive when another one is known
        this.<Door.Produced>ask(
                (door, answer) -> door.produce(partition, to, bytes, acks, timeoutMs, answer),
                answer -> answered(one, answer));
    }

    private ByteBuffer bytes(Open one) {
        ByteBuffer batch = content.of(one.batch);
        if (promise == Promise.ONCE) {
            batch.putLong(BatchHeader.PRODUCER_ID_AT, producerId);
            batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, (short) 0);
            batch.putInt(BatchHeader.BASE_SEQUENCE_AT, one.sequence);
            batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, batch.limit()));
        }
        return batch;
    }

    private void answered(Open one, Door.Produced answer) {
        if (answer.error() != ErrorCode.NONE) {
            refusals++;
            mayBeTold(one, answer);
            if (answer.error() != lastRefusal) {
                lastRefusal = answer.error();
                world().trace()
                        .tell(
                                name(),
                                "batch %d refused by broker-%d: %s",
                                one.batch.id(),
                                leader,
                                lastRefusal);
            }
            retryLater();
            return;
        }
        world().trace()
                .tell(
                        name(),
                        "batch %d acknowledged at %d by broker-%d in %s (epoch %d)",
                        one.batch.id(),
                        answer.baseOffset(),
                        leader,
                        partition,
                        leaderEpoch);
        lastRefusal = ErrorCode.NONE;
        ledger.acknowledged(one.batch, answer.baseOffset());
        ledger.leads(identity(), answer.leaderEpoch(), answer.by());
        acknowledged++;
        underWay--;
        open.remove(one);
        pump();
    }

    /**
     * Whoever is told that his next batch does not fit begins a new epoch (KIP-360), and sends
     * again under other numbers what may be stored.
     */
    private void mayBeTold(Open one, Door.Produced answer) {
        if (promise == Promise.ONCE
                && answer.error() == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
                && !open.isEmpty()
                && one == open.getFirst()) {
            throw new Violation(
                    "I-14", "%s is told that %s does not fit, and it is next".formatted(this, one));
        }
    }

    @Override
    public String toString() {
        return "%s of %s: %d open, %d to come, at broker-%d"
                .formatted(name(), partition, open.size(), wanted, leader);
    }
}
