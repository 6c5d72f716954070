package io.sluice.engine.replication;

import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.replication.Peers.ProducersBelow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The fetchers of one event loop, one for each broker that a partition of the loop follows. */
public final class ReplicaFetchers {

    private final Replication replication;
    private final EventLoop loop;
    private final FetchCounts counts = new FetchCounts();
    private final Map<Integer, ReplicaFetcher> bySource = new HashMap<>();

    public ReplicaFetchers(Replication replication, EventLoop loop) {
        this.replication = replication;
        this.loop = loop;
    }

    public FetchCounts counts() {
        return counts;
    }

    /** From now on the follower is fetched for. */
    public void follow(int leader, Follower follower) {
        bySource.computeIfAbsent(leader, this::fetcher).add(follower);
    }

    private ReplicaFetcher fetcher(int leader) {
        return new ReplicaFetcher(
                leader,
                replication.identity(),
                loop,
                replication.peers(),
                new ReplicaFetcher.Settings(
                        replication.maxWaitMs(),
                        replication.maxBytes(),
                        replication.maxPartitionBytes(),
                        replication.backoffMs()),
                counts);
    }

    /** It is fetched for no more. */
    public void unfollow(int leader, Follower follower) {
        ReplicaFetcher fetcher = bySource.get(leader);
        if (fetcher != null) {
            fetcher.remove(follower);
            if (fetcher.isEmpty()) {
                bySource.remove(leader);
                fetcher.close();
            }
        }
    }

    /** The follower has a question. */
    public void ready(int leader, Follower follower) {
        ReplicaFetcher fetcher = bySource.get(leader);
        if (fetcher != null) {
            fetcher.ready(follower);
        }
    }

    /** The follower's question is to be asked again after a while. */
    public void rest(int leader, Follower follower) {
        ReplicaFetcher fetcher = bySource.get(leader);
        if (fetcher != null) {
            fetcher.rest(follower);
        }
    }

    /**
     * Fetches from all once more, without a wait, before this broker stops.
     *
     * @param done run once they have answered or failed
     */
    public void fetchLast(Runnable done) {
        AllAnswered all = new AllAnswered();
        bySource.values().forEach(fetcher -> all.ask(fetcher::fetchLast));
        all.then(done);
    }

    /** Asks a leader who wrote below an offset; see {@link Peers#producersBelow}. */
    public void producersBelow(
            int leader, ProducersBelow question, Completion<List<Remembered>> done) {
        replication.peers().producersBelow(leader, question, loop, done);
    }

    /** The follower's durable end has moved. */
    public void tell(int leader, Follower follower) {
        ReplicaFetcher fetcher = bySource.get(leader);
        if (fetcher != null) {
            fetcher.tell(follower);
        }
    }
}
