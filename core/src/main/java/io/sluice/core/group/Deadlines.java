package io.sluice.core.group;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What is due when, at most one of a kind for each member. A step costs log(n). */
final class Deadlines {

    /** What is to happen by then. */
    enum Kind {
        /** A sign of life. */
        SESSION,
        /** Partitions given back. */
        REVOCATION,
        /** A member of the classic protocol joins again. */
        JOIN,
        /** A member of the classic protocol asks for its assignment. */
        SYNC,
        /** A member that was told its id joins with it. */
        PROMISE,
        /** Of {@link #ALL}: new targets may be made again. */
        TARGET
    }

    /** In place of a member, for what is due of the group as a whole. */
    static final String ALL = "";

    record Key(String group, String member, Kind kind) {}

    private record Due(long atMs, Key key) {}

    private final Map<Key, Long> byKey = new HashMap<>();
    private final TreeSet<Due> inOrder =
            new TreeSet<>(
                    Comparator.comparingLong(Due::atMs)
                            .thenComparing(one -> one.key().group())
                            .thenComparing(one -> one.key().member())
                            .thenComparing(one -> one.key().kind()));

    void set(String group, String member, Kind kind, long atMs) {
        Key key = new Key(group, member, kind);
        Long before = byKey.put(key, atMs);
        if (before != null) {
            inOrder.remove(new Due(before, key));
        }
        inOrder.add(new Due(atMs, key));
    }

    /** A member that has to give something back has so long from when that began. */
    void follow(String group, EpochMember<?> member, int rebalanceMs, long nowMs) {
        if (member.standing().state() == Standing.State.REVOKING) {
            setIfAbsent(group, member.id(), Kind.REVOCATION, nowMs + rebalanceMs);
        } else {
            clear(group, member.id(), Kind.REVOCATION);
        }
    }

    /** Unless there is one already. */
    void setIfAbsent(String group, String member, Kind kind, long atMs) {
        if (!has(group, member, kind)) {
            set(group, member, kind, atMs);
        }
    }

    boolean has(String group, String member, Kind kind) {
        return byKey.containsKey(new Key(group, member, kind));
    }

    /** Whether there is one that has not come yet. */
    boolean isAhead(String group, String member, Kind kind, long nowMs) {
        Long at = byKey.get(new Key(group, member, kind));
        return at != null && at > nowMs;
    }

    void clear(String group, String member, Kind kind) {
        Key key = new Key(group, member, kind);
        Long before = byKey.remove(key);
        if (before != null) {
            inOrder.remove(new Due(before, key));
        }
    }

    void clear(String group, String member) {
        for (Kind kind : Kind.values()) {
            clear(group, member, kind);
        }
    }

    long next() {
        return inOrder.isEmpty() ? Long.MAX_VALUE : inOrder.first().atMs();
    }

    /** Takes out some of what is due. */
    List<Key> due(long nowMs, int atMost) {
        List<Key> due = new ArrayList<>();
        while (due.size() < atMost && next() <= nowMs) {
            Due first = inOrder.removeFirst();
            byKey.remove(first.key());
            due.add(first.key());
        }
        return due;
    }
}
