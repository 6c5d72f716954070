package io.sluice.simulator.client;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.EventLoop;
import io.sluice.simulator.cluster.BrokerProcess;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Machine;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Connection;
import io.sluice.simulator.world.Network;
import io.sluice.simulator.world.World;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client of one partition: it asks any broker who leads, connects there, works, and begins anew
 * after an error, a silence or a broken connection. It never dies.
 */
public abstract class Client {

    private static final int FIRST_END = 1_000;
    private static final long SILENCE_MS = 2_500;
    private static final int BACKOFF_MS = 60;

    /** For what is not there, and may never be. */
    private static final int PATIENCE_MS = 1_000;

    private final Site site;
    private final World world;
    private final int end;
    private final String name;
    final TopicPartition partition;
    final Random random;

    /** Where it works now. */
    private @Nullable Connection connection;

    private @Nullable BrokerProcess broker;
    Uuid topicId = Uuid.ZERO;
    int leader = -1;
    int leaderEpoch = -1;

    /** The broker it is connected to, or was. */
    int worksAt = -1;

    /** Grows with every beginning: what belongs to an earlier one is passed over. */
    private int attempt;

    Client(Site site, int number, String kind, TopicPartition partition) {
        this.site = site;
        this.world = site.world();
        this.end = FIRST_END + number;
        this.name = kind + "-" + number;
        this.partition = partition;
        this.random = world.random(name);
    }

    final String name() {
        return name;
    }

    final World world() {
        return world;
    }

    /** It is connected to who should lead. */
    abstract void connected();

    /** The topic of that name is one that it did not know: what it knew of it is over. */
    void otherTopic() {}

    /** The partition of the topic as it is now, for the ledger: another one of its name differs. */
    public final TopicPartition identity() {
        return identity(partition, topicId);
    }

    /** A name that no other topic has, ever. */
    public static TopicPartition identity(TopicPartition partition, Uuid topicId) {
        return new TopicPartition(partition.topic() + "@" + topicId.low(), partition.partition());
    }

    public final TopicPartition topicPartition() {
        return partition;
    }

    public final Uuid topicId() {
        return topicId;
    }

    /** The broker it wants to work with. */
    int place(Door.Whereabouts where) {
        return where.leader();
    }

    /** What it has under way is lost; it will be connected again. */
    abstract void disconnected();

    /** Ends this attempt, and begins the next after a while. */
    final void retryLater() {
        retryWithin(BACKOFF_MS);
    }

    private void retryWithin(int ms) {
        hangUp();
        disconnected();
        later(1 + random.nextInt(ms), this::findLeader);
    }

    private void hangUp() {
        attempt++;
        if (connection != null) {
            connection.close();
            connection = null;
        }
        broker = null;
    }

    /** It is gone, and does nothing any more; what it sent may still arrive. */
    final void vanish() {
        hangUp();
    }

    private void findLeader() {
        Machine any = site.machines().get(random.nextInt(site.machines().size()));
        if (!connect(any)) {
            retryLater();
            return;
        }
        this.<Door.Whereabouts>ask((door, answer) -> door.find(partition, answer), this::found);
    }

    private void found(Door.Whereabouts where) {
        if (!where.topicId().equals(Uuid.ZERO) && !where.topicId().equals(topicId)) {
            topicId = where.topicId();
            otherTopic();
        }
        if (where.leader() < 0) {
            retryWithin(where.topicId().equals(Uuid.ZERO) ? PATIENCE_MS : BACKOFF_MS);
            return;
        }
        leader = where.leader();
        leaderEpoch = where.leaderEpoch();
        hangUp();
        worksAt = place(where);
        if (connect(site.machine(worksAt))) {
            connected();
        } else {
            retryLater();
        }
    }

    /** False if nobody listens there. */
    private boolean connect(Machine machine) {
        BrokerProcess process = machine.broker();
        if (process == null) {
            return false;
        }
        int now = attempt;
        broker = process;
        Network.Caller here = Runnable::run;
        connection =
                site.network()
                        .connect(
                                end,
                                here,
                                machine.id(),
                                process.process(),
                                () -> {
                                    if (now == attempt) {
                                        retryLater();
                                    }
                                });
        return true;
    }

    /** Asks the broker it is connected to; a silence ends the attempt. */
    final <A> void ask(BiConsumer<Door, Consumer<A>> request, Consumer<A> answered) {
        Connection to = connection;
        BrokerProcess asked = broker;
        if (to == null || asked == null) {
            throw new IllegalStateException("not connected");
        }
        int now = attempt;
        EventLoop.Timer silence = later(SILENCE_MS, this::retryLater);
        to.<A>call(
                answer -> request.accept(asked.door(), answer),
                answer -> {
                    silence.cancel();
                    if (now == attempt) {
                        answered.accept(answer);
                    }
                });
    }

    final boolean isConnected() {
        return connection != null;
    }

    /** Does something later, unless this attempt has ended by then. */
    final EventLoop.Timer later(long ms, Runnable task) {
        int now = attempt;
        return world.afterMs(
                ms,
                () -> {
                    if (now == attempt) {
                        task.run();
                    }
                });
    }
}
