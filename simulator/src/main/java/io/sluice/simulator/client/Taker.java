package io.sluice.simulator.client;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.Acquired;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.QueueDoor.Caller;
import io.sluice.simulator.cluster.QueueDoor.Taken;
import io.sluice.simulator.cluster.QueueDoor.Wish;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Effects.Effect;
import io.sluice.simulator.world.Violation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A member of a queue: it takes records, keeps them for a while, and says what becomes of them; it
 * leaves, dies and comes back as another one, or stands still and then speaks of what it had.
 */
public final class Taker extends Client {

    private static final int SAY_AT_MOST = 12;

    private final int number;
    private final int paceMs;
    private final TreeSet<Long> held = new TreeSet<>();
    private int lives = 1;
    private boolean there = true;
    private boolean drains;
    private boolean fresh;
    private long stillUntilMs;

    /**
     * @param partition that it takes from
     */
    public Taker(Site site, int number, TopicPartition partition, int paceMs) {
        super(site, number, "taker", partition);
        this.number = number;
        this.paceMs = paceMs;
        retryLater();
    }

    private Caller caller() {
        return new Caller("taker-" + number + "/" + lives, partition, topicId);
    }

    // What may happen to it.

    /** It is gone without a word, and comes back as another one. */
    public boolean die(int awayMs) {
        if (!there) {
            return false;
        }
        world().trace().tell(name(), "%s dies with %s", caller().member(), held);
        go(awayMs);
        return true;
    }

    /** It says so, and goes. */
    public boolean leave(int awayMs) {
        if (!there) {
            return false;
        }
        world().trace().tell(name(), "%s leaves with %s", caller().member(), held);
        if (isConnected()) {
            boolean delivered = random.nextBoolean();
            Caller who = caller();
            this.<ErrorCode>ask(
                    (door, answer) -> door.queues().leave(who, delivered, answer), error -> {});
        }
        go(awayMs);
        return true;
    }

    private void go(int awayMs) {
        world().felt(Effect.CLIENT_DIED);
        there = false;
        vanish();
        held.clear();
        lives++;
        world().afterMs(
                        awayMs,
                        () -> {
                            there = true;
                            retryLater();
                        });
    }

    /** It does nothing for a while, and then goes on as if nothing had been. */
    public boolean standStill(int forMs) {
        if (!there || held.isEmpty()) {
            return false;
        }
        world().trace().tell(name(), "%s stands still with %s", caller().member(), held);
        world().felt(Effect.CLIENT_DIED);
        stillUntilMs = world().nowMs() + forMs;
        return true;
    }

    /** From now on it accepts all that it gets, at once. */
    public void drain() {
        drains = true;
    }

    /** Its session is over, and begins again. */
    public void beginAnew() {
        fresh = true;
    }

    // What it does.

    @Override
    void connected() {
        fresh = true;
        act();
    }

    @Override
    void disconnected() {}

    private void act() {
        long now = world().nowMs();
        if (now < stillUntilMs) {
            later(stillUntilMs - now, this::act);
        } else if (!held.isEmpty() && (drains || random.nextInt(3) > 0)) {
            say();
        } else {
            take();
        }
    }

    private void actLater() {
        later(1 + random.nextInt(2 * paceMs), this::act);
    }

    private void take() {
        Wish wish =
                new Wish(
                        fresh,
                        1 + random.nextInt(10),
                        random.nextBoolean(),
                        1 + random.nextInt(10),
                        50 + random.nextInt(500),
                        1,
                        random.nextInt(4) == 0 ? 0 : random.nextInt(500));
        fresh = false;
        Caller who = caller();
        this.<Taken>ask((door, answer) -> door.queues().take(who, wish, answer), this::took);
    }

    private void took(Taken taken) {
        if (taken.error() != ErrorCode.NONE) {
            retryLater();
            return;
        }
        String where = name() + " at broker-" + worksAt;
        List<Stored> batches = Stored.parse(ByteBuffer.wrap(taken.bytes()), where);
        for (Acquired range : taken.ranges()) {
            for (long offset = range.first(); offset <= range.last(); offset++) {
                if (!isIn(batches, offset)) {
                    throw new Violation(
                            "I-23", "%s is given %d without its bytes".formatted(where, offset));
                }
                held.add(offset);
            }
        }
        actLater();
    }

    private static boolean isIn(List<Stored> batches, long offset) {
        return batches.stream()
                .anyMatch(one -> one.baseOffset() <= offset && offset < one.nextOffset());
    }

    private void say() {
        List<Acknowledgement> items = new ArrayList<>();
        for (long offset : List.copyOf(held)) {
            if (items.size() < SAY_AT_MOST && (drains || random.nextInt(4) > 0)) {
                Type type = type();
                items.add(new Acknowledgement(offset, offset, type));
                if (type != Type.RENEW) {
                    held.remove(offset);
                }
            }
        }
        if (items.isEmpty()) {
            actLater();
            return;
        }
        Caller who = caller();
        this.<ErrorCode>ask(
                (door, answer) -> door.queues().acknowledge(who, items, answer), this::heard);
    }

    private Type type() {
        int dice = drains ? 0 : random.nextInt(20);
        if (dice < 12) {
            return Type.ACCEPT;
        }
        return dice < 16 ? Type.RELEASE : dice < 19 ? Type.RENEW : Type.REJECT;
    }

    private void heard(ErrorCode error) {
        switch (error) {
            case NONE -> actLater();
            case INVALID_RECORD_STATE -> {
                held.clear(); // some of it is no more its own: it does not know which
                actLater();
            }
            default -> retryLater();
        }
    }

    @Override
    public String toString() {
        return "%s%s has %s of %s, at broker-%d"
                .formatted(caller().member(), there ? "" : " (away)", held, partition, worksAt);
    }
}
