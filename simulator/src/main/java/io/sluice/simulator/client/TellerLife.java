package io.sluice.simulator.client;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.Producer;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.simulator.check.TransactionBook;
import io.sluice.simulator.check.TransactionBook.Deal;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.cluster.Transactions;
import io.sluice.simulator.world.Violation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * One process of a {@link Teller}: it gets an epoch, writes to several partitions, and commits or
 * aborts, until it is done, fenced, or dead.
 *
 * <pre>
 *   BEGIN ──▶ WRITE ──all stored──▶ END ──▶ WRITE ...
 *               └──one cannot be──▶ END (abort)
 * </pre>
 */
final class TellerLife {

    private static final int ABORTS_ONE_IN = 4;
    private static final int RETRY_MS = 50;
    private static final int LEAST_TIMEOUT_MS = 1_000;
    private static final int TIMEOUT_MS = 4_000;

    /** Ids that no other producer has. */
    private static final long FIRST_ID = 1L << 32;

    /**
     * What it works with.
     *
     * @param number of the teller, and of its first end of the network
     * @param life which one of the teller's it is
     */
    record Place(
            Site site,
            TransactionBook book,
            int number,
            int life,
            List<TopicPartition> partitions,
            int paceMs) {

        String id() {
            return "teller-" + number;
        }
    }

    private final Teller teller;
    private final Place place;
    private final Random random;
    private final Desk desk;
    private final List<Pen> pens = new ArrayList<>();
    private Producer producer = Producer.NONE;
    private int unwritten;
    private boolean spoilt;
    private boolean gone;

    /**
     * @param onlyFences it has nothing to do but to end what its predecessor left
     */
    TellerLife(Teller teller, Place place, boolean onlyFences) {
        this.teller = teller;
        this.place = place;
        this.random = place.site.world().random(name());
        desk = new Desk(place.site, place.number, "desk-" + place.life);
        for (int i = 0; i < place.partitions.size(); i++) {
            pens.add(
                    new Pen(
                            place.site,
                            place.number + 1 + i,
                            "pen-" + place.life,
                            place.partitions.get(i),
                            place.id()));
        }
        begin(onlyFences);
    }

    String name() {
        return place.id() + "/" + place.life;
    }

    /** It does nothing any more. */
    void vanish() {
        gone = true;
        desk.vanish();
        pens.forEach(Client::vanish);
    }

    private void later(int ms, Runnable task) {
        place.site
                .world()
                .afterMs(
                        ms,
                        () -> {
                            if (!gone) {
                                task.run();
                            }
                        });
    }

    private void begin(boolean onlyFences) {
        int timeoutMs = LEAST_TIMEOUT_MS + random.nextInt(TIMEOUT_MS);
        desk.ask(
                new TransactionCommand.Begin(
                        place.id(), timeoutMs, false, Optional.empty(), FIRST_ID + place.number),
                reply -> begun(onlyFences, (TransactionReply.Granted) reply));
    }

    private void begun(boolean onlyFences, TransactionReply.Granted granted) {
        if (granted.error() != ErrorCode.NONE) {
            later(RETRY_MS, () -> begin(onlyFences));
            return;
        }
        producer = granted.producer();
        teller.begun(producer);
        place.site
                .world()
                .trace()
                .tell(name(), "is producer %d in epoch %d", producer.id(), producer.epoch());
        if (onlyFences && !teller.isLast(this)) {
            teller.over(this);
        } else {
            next();
        }
    }

    private void next() {
        later(1 + random.nextInt(2 * place.paceMs), this::write);
    }

    private void write() {
        Deal deal = place.book.begin(name());
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < pens.size(); i++) {
            chosen.add(i);
        }
        Collections.shuffle(chosen, random);
        List<Integer> some = chosen.subList(0, 1 + random.nextInt(chosen.size()));
        spoilt = false;
        unwritten = some.size();
        for (int one : some) {
            write(deal, one, 0, random.nextInt(3));
        }
    }

    /**
     * @param more how many follow it
     */
    private void write(Deal deal, int pen, int sequence, int more) {
        TopicPartition to = place.partitions.get(pen);
        long id = place.book.newBatch(deal, to);
        boolean late = teller.isReplaced(producer);
        pens.get(pen)
                .write(
                        producer,
                        sequence,
                        id,
                        (records, error) -> {
                            if (error == ErrorCode.NONE) {
                                isOfUse(late, deal);
                                deal.acknowledged(id);
                            }
                            spoilt |= error != ErrorCode.NONE;
                            if (more > 0 && !spoilt) {
                                write(deal, pen, sequence + records, more - 1);
                            } else if (--unwritten == 0) {
                                written(deal);
                            }
                        });
    }

    private void written(Deal deal) {
        if (teller.isLast(this)) {
            teller.vanished(this);
            return;
        }
        boolean commit = !spoilt && random.nextInt(ABORTS_ONE_IN) > 0;
        deal.wish(commit);
        end(deal, commit, teller.isReplaced(producer));
    }

    /** I-16: who was left behind before it asked for something does not get it. */
    private void isOfUse(boolean late, Deal deal) {
        if (late) {
            throw new Violation(
                    "I-16", "%s is obeyed, though it was replaced: %s".formatted(name(), deal));
        }
    }

    /**
     * @param late another one had its place when it asked first
     */
    private void end(Deal deal, boolean commit, boolean late) {
        desk.ask(
                new TransactionCommand.End(
                        place.id(),
                        producer,
                        commit,
                        Transactions.VERSION,
                        TransactionCommand.NO_ID),
                reply -> ended(deal, commit, late, (TransactionReply.Granted) reply));
    }

    private void ended(Deal deal, boolean commit, boolean late, TransactionReply.Granted granted) {
        switch (granted.error()) {
            case NONE -> {
                isOfUse(late, deal);
                deal.ended();
                producer = granted.producer();
                place.site
                        .world()
                        .trace()
                        .tell(name(), "%s: %s", commit ? "has committed" : "has aborted", deal);
                if (teller.ended(this)) {
                    next();
                }
            }
            case CONCURRENT_TRANSACTIONS -> later(RETRY_MS, () -> end(deal, commit, late));
            default -> {
                place.site.world().trace().tell(name(), "cannot end it: %s", granted.error());
                teller.fenced(this);
            }
        }
    }

    @Override
    public String toString() {
        return "life %d, %s, %d not written".formatted(place.life, producer, unwritten);
    }
}
