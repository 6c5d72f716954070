package io.sluice.core.controller;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the replicas of one partition hold, record by record, and what of it is committed: the
 * reason for all rules about who may lead.
 */
final class ReplicaModel {

    private final SortedMap<Integer, List<Integer>> logs = new TreeMap<>();

    /** Replicas that lost unflushed records and have not followed a leader since. */
    private final SortedSet<Integer> doubtful = new TreeSet<>();

    private List<Integer> committed = List.of();
    private int nextRecord;

    List<Integer> log(int broker) {
        return logs.getOrDefault(broker, List.of());
    }

    void append(int leader) {
        List<Integer> log = new ArrayList<>(log(leader));
        log.add(nextRecord++);
        logs.put(leader, List.copyOf(log));
    }

    void follow(int leader, int follower) {
        logs.put(follower, log(leader));
        doubtful.remove(follower);
    }

    boolean isCaughtUp(int leader, int follower) {
        return log(leader).equals(log(follower));
    }

    /** A crash without a flush keeps some of the log. */
    void crash(int broker, int kept) {
        List<Integer> log = log(broker);
        logs.put(broker, log.subList(0, Math.min(kept, log.size())));
        doubtful.add(broker);
    }

    void wipe(int broker) {
        logs.remove(broker);
    }

    /** What all of them hold is committed. */
    void commit(Iterable<Integer> members, int leader) {
        int end = log(leader).size();
        for (int member : members) {
            end = Math.min(end, commonEnd(log(member), log(leader)));
        }
        if (end > committed.size()) {
            committed = log(leader).subList(0, end);
        }
    }

    int committed() {
        return committed.size();
    }

    /** Whether that one may lead and nothing that was committed is lost. */
    boolean holdsAllCommitted(int broker) {
        return commonEnd(log(broker), committed) == committed.size();
    }

    boolean isDoubtful(int broker) {
        return doubtful.contains(broker);
    }

    /** It leads: what it has counts from now on. */
    void lead(int broker) {
        committed = committed.subList(0, commonEnd(log(broker), committed));
        doubtful.remove(broker);
    }

    private static int commonEnd(List<Integer> one, List<Integer> other) {
        int end = 0;
        while (end < one.size() && end < other.size() && one.get(end).equals(other.get(end))) {
            end++;
        }
        return end;
    }

    @Override
    public String toString() {
        return "committed %s of %s".formatted(committed, logs);
    }
}
