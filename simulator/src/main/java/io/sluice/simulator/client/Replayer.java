package io.sluice.simulator.client;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.ReplayBook.Ask;
import io.sluice.simulator.check.ReplayBook.Order;
import io.sluice.simulator.cluster.ReplayDoor.Replayed;
import io.sluice.simulator.cluster.Site;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An operator who has parts of a queue delivered again: all of it or one key, a piece at a time; he
 * asks again for what he got no answer to, and sometimes gives up in the middle.
 */
public final class Replayer extends QueueOperator {

    private static final int MOST_ORDERS = 6;
    private static final int MOST_RECORDS = 40;
    private static final int MOST_BYTES = 2_000;
    private static final int GIVES_UP_ONE_IN = 30;
    private static final int IMPATIENT_ONE_IN = 5;
    private static final int SOON_MS = 50;

    private final int keys;
    private int followed;
    private int askedElsewhere;
    private @Nullable Order open;
    private long position;

    /** The broker that was asked last; 0 for none. */
    private int askedAt;

    /**
     * @param keys that records may have
     * @param end behind the records that may be ordered
     */
    public Replayer(
            Site site,
            int number,
            TopicPartition partition,
            int paceMs,
            int keys,
            LongSupplier end) {
        super(site, number, "replayer", partition, paceMs, MOST_ORDERS, end);
        this.keys = keys;
        retryLater();
    }

    @Override
    boolean isOpen() {
        return open != null;
    }

    /** Orders that were followed to their end. */
    public int followed() {
        return followed;
    }

    /** Pieces that another leader was asked for, as the one before may have done them or not. */
    public int askedElsewhere() {
        return askedElsewhere;
    }

    @Override
    void act() {
        if (open == null && mayOrder() && random.nextInt(5) == 0) {
            open = order();
        }
        if (open == null) {
            if (!isDone()) {
                later(1 + random.nextInt(4 * paceMs), this::act);
            }
        } else if (!isToEnd() && random.nextInt(GIVES_UP_ONE_IN) == 0) {
            tell("gives up %s at %d", open, position);
            over();
        } else {
            follow(open);
        }
    }

    private @Nullable Order order() {
        long known = knownEnd();
        if (known == 0) {
            return null;
        }
        long to = 1 + random.nextLong(known);
        long from = Math.max(0L, to - 1 - random.nextInt(MOST_RECORDS));
        String id = name() + "." + nextOrder();
        position = from;
        String key = random.nextInt(3) == 0 ? null : "key-" + random.nextInt(keys);
        Order order = new Order(partition, id, from, to, key);
        tell("orders %s", order);
        return order;
    }

    private void follow(Order order) {
        long from = position;
        int maxBytes = 1 + random.nextInt(MOST_BYTES);
        if (askedAt != 0 && askedAt != worksAt) {
            askedElsewhere++;
        }
        askedAt = worksAt;
        if (random.nextInt(IMPATIENT_ONE_IN) == 0) {
            later(1 + random.nextInt(SOON_MS), this::retryLater);
        }
        this.<Replayed>ask(
                (door, answer) -> door.replays().follow(order, topicId, from, maxBytes, answer),
                replayed -> heard(order, replayed));
    }

    private void heard(Order order, Replayed replayed) {
        Ask ask = replayed.ask();
        if (replayed.error() != ErrorCode.NONE) {
            retryLater();
            return;
        }
        if (ask != null && replayed.next() >= 0) {
            tell("%s up to %d: %s", order.id(), replayed.next(), replayed.records());
            ask.heard(replayed.records(), replayed.next());
            position = replayed.next();
        }
        if (position >= order.to()) {
            followed++;
            over();
        } else {
            later(1 + random.nextInt(paceMs), this::act);
        }
    }

    private void over() {
        open = null;
        askedAt = 0;
        over(8);
    }

    private void tell(String text, Object... values) {
        world().trace().tell(name(), text, values);
    }

    @Override
    public String toString() {
        return "%s of %s: %s at %d, at broker-%d"
                .formatted(
                        name(), partition, open == null ? "nothing" : open.id(), position, worksAt);
    }
}
