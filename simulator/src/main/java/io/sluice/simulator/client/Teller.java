package io.sluice.simulator.client;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.Producer;
import io.sluice.simulator.check.TransactionBook;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Effects.Effect;
import io.sluice.simulator.world.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A transactional id and who has it: processes that die in the middle of a transaction, come back
 * in a new epoch, or go on though another one has taken their place.
 */
public final class Teller {

    /** One in so many leaves a transaction open for ever at the end. */
    private static final int VANISHES_ONE_IN = 3;

    private static final int SOON_MS = 300;

    private final Site site;
    private final World world;
    private final TransactionBook book;
    private final int number;
    private final List<TopicPartition> partitions;
    private final int paceMs;
    private final Random random;

    /** Processes that another one took the place of, and that do not know it. */
    private final List<TellerLife> zombies = new ArrayList<>();

    private @Nullable TellerLife life;
    private int wanted;
    private int lives;

    /** The newest epoch that a life began in. */
    private int newestEpoch;

    private int fenced;
    private boolean vanishes;

    /**
     * @param partitions that it writes to
     * @param wanted how many transactions it is to end
     */
    public Teller(
            Site site,
            TransactionBook book,
            int number,
            List<TopicPartition> partitions,
            int wanted,
            int paceMs) {
        this.site = site;
        this.world = site.world();
        this.book = book;
        this.number = number;
        this.partitions = List.copyOf(partitions);
        this.wanted = wanted;
        this.paceMs = paceMs;
        this.random = world.random("teller-" + number);
        this.vanishes = random.nextInt(VANISHES_ONE_IN) == 0;
        begin();
    }

    /** How many ends of the network one uses. */
    public static int ends(int partitions) {
        return 1 + partitions;
    }

    private void begin() {
        lives++;
        life =
                new TellerLife(
                        this,
                        new TellerLife.Place(site, book, number, lives, partitions, paceMs),
                        wanted == 0);
    }

    /**
     * Dies, and comes back.
     *
     * @return whether there was somebody
     */
    public boolean die(int awayMs) {
        TellerLife dying = life;
        if (dying == null) {
            return false;
        }
        world.trace().tell(dying.name(), "dies");
        world.felt(Effect.CLIENT_DIED);
        dying.vanish();
        comeBack(awayMs);
        return true;
    }

    /**
     * Another process takes the place of one that goes on.
     *
     * @return whether there was somebody
     */
    public boolean replace() {
        TellerLife before = life;
        if (before == null) {
            return false;
        }
        world.trace().tell(before.name(), "is replaced and goes on");
        world.felt(Effect.CLIENT_DIED);
        zombies.add(before);
        begin();
        return true;
    }

    private void comeBack(int awayMs) {
        life = null;
        world.afterMs(awayMs, this::begin);
    }

    /** One of its lives is that producer. */
    void begun(Producer as) {
        newestEpoch = Math.max(newestEpoch, as.epoch());
    }

    /** Whether another life came later, and knows it. */
    boolean isReplaced(Producer one) {
        return one.epoch() < newestEpoch;
    }

    /** A transaction is over; whether there is another one to do. */
    boolean ended(TellerLife of) {
        if (of != life) {
            over(of);
            return false;
        }
        wanted = Math.max(0, wanted - 1);
        if (wanted > 0 || vanishes) {
            return true;
        }
        over(of);
        return false;
    }

    /** It is to leave its transaction open, and go for ever. */
    boolean isLast(TellerLife of) {
        return of == life && wanted == 0 && vanishes;
    }

    /** It has no epoch any more, or nothing to do. */
    void over(TellerLife of) {
        of.vanish();
        zombies.remove(of);
        if (of == life) {
            life = null;
        }
    }

    /** It left a transaction open. */
    void vanished(TellerLife of) {
        vanishes = false;
        world.trace().tell(of.name(), "vanishes, and leaves its transaction open");
        over(of);
    }

    /** Somebody else has its place, or its transaction was aborted for it. */
    void fenced(TellerLife of) {
        fenced++;
        world.trace().tell(of.name(), "is fenced");
        boolean current = of == life;
        over(of);
        if (current) {
            comeBack(1 + random.nextInt(SOON_MS));
        }
    }

    public int fenced() {
        return fenced;
    }

    /** Nobody does anything any more, and all is done. */
    public boolean isDone() {
        return wanted == 0 && life == null && zombies.isEmpty() && !vanishes;
    }

    @Override
    public String toString() {
        return "teller-%d: %d transactions to come, %s%s%s"
                .formatted(
                        number,
                        wanted,
                        life == null ? "away" : life.toString(),
                        zombies.isEmpty() ? "" : ", replaced " + zombies,
                        vanishes ? ", will vanish" : "");
    }
}
