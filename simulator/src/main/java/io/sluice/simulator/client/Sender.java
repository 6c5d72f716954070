package io.sluice.simulator.client;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.RecordBatches;
import io.sluice.simulator.check.ScheduleBook;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.check.Wanted;
import io.sluice.simulator.check.Wanted.When;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Effects.Effect;
import io.sluice.simulator.world.Violation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An idempotent producer of messages that are delivered later, which it also cancels and
 * reschedules. One batch at a time, each again until it is stored or refused; then it begins anew
 * as another one, as it does when it dies. Some send within transactions, which they end
 * themselves: a coordinator that never dies.
 */
public final class Sender extends Client {

    /** Added to a producer's id to get one that nobody else has. */
    private static final int ANOTHER = 1_000_000;

    private static final int TRANSACTIONAL_ONE_IN = 3;
    private static final int ENDS_ONE_IN = 3;

    /** A batch may wait for other transactions, and those for this one. */
    private static final int GIVES_UP_MS = 4_000;

    private static final int ABORTS_ONE_IN = 4;

    private static final int MOST_RECORDS = 4;
    private static final int MOST_RECURRING = 2;
    private static final int[] PERIODS = {1, 2, 3, 5, 10};
    private static final int SOON_MS = 300;
    private static final int LATE_MS = 8_000;
    private static final int DAY_MS = 86_400_000;

    /** Messages that it may still mean: those before are delivered, most likely. */
    private static final int REMEMBERED = 12;

    private final ScheduleBook book;
    private final int paceMs;
    private int producerId;
    private short epoch;
    private int sequence;
    private int wanted;
    private int made;
    private int recurring;
    private @Nullable Open open;
    private final boolean transactional;
    private @Nullable Transaction transaction;
    private boolean working;

    /** Told once in the transcript, not with every retry. */
    private ErrorCode lastRefusal = ErrorCode.NONE;

    private boolean there = true;

    private record Open(List<Wanted> records, byte[] batch, long sinceMs) {}

    private record Part(List<Wanted> records, long baseOffset) {}

    /** What is stored of one, and what is to become of it once that is decided. */
    private static final class Transaction {
        private final List<Part> stored = new ArrayList<>();
        private boolean ends;
        private boolean commits;

        void end(boolean commit) {
            commits = ends ? commits : commit;
            ends = true;
        }
    }

    /**
     * @param batches that it sends
     */
    public Sender(
            Site site,
            ScheduleBook book,
            int number,
            TopicPartition partition,
            int batches,
            int paceMs) {
        super(site, number, "sender", partition);
        this.book = book;
        this.producerId = number;
        this.wanted = batches;
        this.paceMs = paceMs;
        this.transactional = random.nextInt(TRANSACTIONAL_ONE_IN) == 0;
        becomeAnother();
        retryLater();
        world().afterMs(1 + random.nextInt(2 * paceMs), this::makeNext);
    }

    public boolean isDone() {
        return there && wanted == 0 && open == null && transaction == null;
    }

    /** It is gone, and nobody knows what became of its batch; it comes back as another one. */
    public boolean die(int awayMs) {
        if (!there || isDone()) {
            return false;
        }
        world().trace().tell(name(), "dies with %s", open == null ? "nothing" : open.records);
        world().felt(Effect.CLIENT_DIED);
        there = false;
        working = false;
        vanish();
        open = null;
        giveUp();
        world().afterMs(
                        awayMs,
                        () -> {
                            there = true;
                            retryLater();
                        });
        return true;
    }

    private void becomeAnother() {
        producerId += ANOTHER;
        boolean wraps = !transactional && random.nextInt(4) == 0; // a transaction begins with 0
        sequence = wraps ? Integer.MAX_VALUE - 20 : 0;
    }

    /** What it had under way is not to count, or goes its way. */
    private void giveUp() {
        if (transaction != null) {
            transaction.end(false);
        } else {
            becomeAnother();
        }
    }

    private void makeNext() {
        boolean ends = transaction != null && transaction.ends;
        if (there && wanted > 0 && open == null && !ends) {
            wanted--;
            if (transactional && transaction == null) {
                transaction = new Transaction();
            }
            open = make();
            send();
        }
        if (wanted > 0) {
            world().afterMs(1 + random.nextInt(2 * paceMs), this::makeNext);
        }
    }

    // What it asks for.

    private Open make() {
        int count = 1 + random.nextInt(MOST_RECORDS);
        List<Wanted> records = new ArrayList<>();
        List<Long> meant = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String key = name() + "." + made++;
            long target = random.nextInt(3) == 0 ? some(meant) : -1L;
            if (target < 0) {
                records.add(book.wants(partition, key, when(6)));
            } else {
                meant.add(target);
                When when = random.nextBoolean() ? new When.Never() : later(4);
                records.add(book.wants(partition, key, when, target));
            }
        }
        return new Open(records, bytes(records), world().nowMs());
    }

    /** A message that it, or another sender, was told to be stored; -1 if there is none. */
    private long some(List<Long> meant) {
        List<Long> ids = book.ids(partition);
        if (ids.isEmpty()) {
            return -1L;
        }
        int from = Math.max(0, ids.size() - REMEMBERED);
        long id = ids.get(from + random.nextInt(ids.size() - from));
        return meant.contains(id) ? -1L : id;
    }

    private When when(int oneIn) {
        return random.nextInt(oneIn) == 0 ? new When.Now() : later(oneIn);
    }

    private When later(int oneIn) {
        if (recurring < MOST_RECURRING && random.nextInt(5 * oneIn) == 0) {
            recurring++;
            return new When.Every(PERIODS[random.nextInt(PERIODS.length)]);
        }
        int dice = random.nextInt(20);
        long ms = dice == 0 ? DAY_MS : random.nextInt(dice < 10 ? SOON_MS : LATE_MS);
        return random.nextBoolean()
                ? new When.After(ms)
                : new When.At(Stored.FIRST_ID + world().nowMs() + ms - SOON_MS / 10);
    }

    private byte[] bytes(List<Wanted> records) {
        ByteBuffer batch =
                RecordBatches.of(
                        Stored.FIRST_ID + world().nowMs(),
                        records.stream()
                                .map(one -> new RecordBatches.One(one.key(), one.headers()))
                                .toList());
        if (random.nextInt(4) == 0) {
            batch = RecordBatches.packed(batch);
        }
        batch.putLong(BatchHeader.PRODUCER_ID_AT, producerId);
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, epoch);
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, sequence);
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, batch.limit()));
        if (transactional) {
            Batches.inTransaction(batch);
        }
        byte[] copy = new byte[batch.limit()];
        batch.get(0, copy);
        return copy;
    }

    // How it gets there.

    @Override
    void connected() {
        working = true;
        send();
    }

    @Override
    void disconnected() {
        working = false;
    }

    private void send() {
        Open one = open;
        if (working && one != null) {
            send(one);
        } else if (working && transaction != null && transaction.ends) {
            end(transaction);
        }
    }

    private void send(Open one) {
        Uuid to = topicId;
        ByteBuffer own = ByteBuffer.wrap(one.batch.clone());
        int timeoutMs = 50 + random.nextInt(2_000);
        this.<Door.Produced>ask(
                (door, answer) ->
                        door.schedule().produce(partition, to, own, one.records, timeoutMs, answer),
                answer -> answered(one, answer));
    }

    private void answered(Open one, Door.Produced answer) {
        if (one != open) {
            return;
        }
        switch (answer.error()) {
            case NONE -> {
                tell("%s stored at %d", one.records, answer.baseOffset());
                stored(one.records, answer.baseOffset());
                sequence = (sequence + one.records.size()) & Integer.MAX_VALUE;
                open = null;
                send();
            }
            case DUPLICATE_SEQUENCE_NUMBER -> {
                tell("%s stored, nobody knows where", one.records);
                sequence = (sequence + one.records.size()) & Integer.MAX_VALUE;
                open = null;
                endPerhaps();
                send();
            }
            case OUT_OF_ORDER_SEQUENCE_NUMBER ->
                    throw new Violation(
                            "I-14", "%s is told that %s does not fit".formatted(this, one.records));
            case INVALID_RECORD -> {
                tell("%s refused: %s", one.records, answer.error());
                book.refused(one.records);
                giveUp();
                open = null;
                send();
            }
            default -> {
                if (answer.error() != lastRefusal) {
                    lastRefusal = answer.error();
                    tell("refused by broker-%d: %s", leader, lastRefusal);
                }
                if (transaction != null && world().nowMs() > one.sinceMs + GIVES_UP_MS) {
                    tell("gives up %s", one.records);
                    giveUp();
                    open = null;
                }
                retryLater();
            }
        }
    }

    private void stored(List<Wanted> records, long baseOffset) {
        Transaction one = transaction;
        if (one == null) {
            book.stored(records, baseOffset);
            return;
        }
        one.stored.add(new Part(records, baseOffset));
        endPerhaps();
    }

    private void endPerhaps() {
        Transaction one = transaction;
        if (one != null && (wanted == 0 || random.nextInt(ENDS_ONE_IN) == 0)) {
            one.end(random.nextInt(ABORTS_ONE_IN) > 0);
        }
    }

    private void end(Transaction one) {
        TransactionMarker marker =
                new TransactionMarker(
                        producerId,
                        (short) (epoch + 1),
                        0,
                        one.commits,
                        TransactionMarker.TRANSACTION_V2);
        Uuid to = topicId;
        int timeoutMs = 50 + random.nextInt(2_000);
        this.<ErrorCode>ask(
                (door, answer) -> door.schedule().end(partition, to, marker, timeoutMs, answer),
                error -> ended(one, error));
    }

    private void ended(Transaction one, ErrorCode error) {
        if (error != ErrorCode.NONE) {
            retryLater();
            return;
        }
        tell("%s %s", one.commits ? "commits" : "aborts", one.stored);
        if (one.commits) {
            one.stored.forEach(part -> book.stored(part.records, part.baseOffset));
        }
        transaction = null;
        epoch++;
        sequence = 0;
    }

    private void tell(String text, Object... values) {
        world().trace().tell(name(), text, values);
    }

    @Override
    public String toString() {
        Open one = open;
        return "%s of %s: %s open, %d to come, at broker-%d"
                .formatted(
                        name(),
                        partition,
                        one == null
                                ? transaction == null ? "nothing" : "a transaction"
                                : one.records,
                        wanted,
                        leader);
    }
}
