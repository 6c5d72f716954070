package io.sluice.core.group;

import io.sluice.core.group.GroupEvent.Stored;
import io.sluice.core.group.GroupEvent.StoredMember;
import io.sluice.core.group.GroupReply.JoinedMember;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One group of the classic protocol: its members and where its rebalance is. Owned by {@link
 * ClassicGroups}; {@link Rebalance} takes it from one state to the next.
 *
 * <pre>
 *   EMPTY ──the first joins──▶ delayed ──grew meanwhile, while delayLeftMs──▶ delayed
 *     ▲                           │ rebalanceMs
 *     │                           ▼
 *     │      ┌──────────────▶ PREPARING ──all joined, or rebalanceMs──▶ COMPLETING
 *     │      │                  │    ▲                                    │    │
 *     └──────┼──nobody is left──┘    └──rebalanceMs: some did not sync────┘    │
 *            │                                                                 ▼
 *            └──a member comes, goes, wants another── STABLE ◀──the leader assigned
 * </pre>
 *
 * Delayed is PREPARING, too, to those who ask. COMPLETING goes back as STABLE does.
 */
final class Group {

    static final long NEVER = Long.MAX_VALUE;

    final String name;
    GroupState state = GroupState.EMPTY;
    String protocolType = "";
    int generation;
    Optional<String> protocolName = Optional.empty();
    String leader = "";

    /** When it became empty. */
    long sinceMs;

    /** In the order they joined. */
    final Map<String, Member> members = new LinkedHashMap<>();

    /** Ids of static members by their instance. */
    final Map<String, String> instances = new HashMap<>();

    /** Ids that were handed out and not used yet, with the time when they are forgotten. */
    final Map<String, Long> promised = new TreeMap<>();

    /** When a rebalance goes on without those who are missing. */
    long rebalanceMs = NEVER;

    /** While a new group waits for company: how long it may still be put off. */
    long delayLeftMs;

    boolean delayed;
    boolean grewWhileDelayed;

    /** Members have deadlines; not so right after the log was read. */
    boolean live;

    /** The deadline that the coordinator knows of. */
    long wakeMs = NEVER;

    Group(String name) {
        this.name = name;
    }

    /** As it was stored. */
    Group(Stored stored) {
        this(stored.group());
        protocolType = stored.protocolType();
        generation = stored.generation();
        protocolName = stored.protocolName();
        leader = stored.leader();
        sinceMs = stored.sinceMs();
        state = stored.members().isEmpty() ? GroupState.EMPTY : GroupState.STABLE;
        for (StoredMember one : stored.members()) {
            add(new Member(one, protocolName.orElse("")));
        }
    }

    /** What is to be remembered of it. */
    Stored toStore() {
        List<StoredMember> all = new ArrayList<>();
        for (Member member : members.values()) {
            all.add(
                    new StoredMember(
                            member.id,
                            member.instanceId,
                            member.clientId,
                            member.clientHost,
                            member.sessionMs,
                            member.rebalanceMs,
                            member.metadata(protocolName.orElse("")),
                            member.assignment));
        }
        return new Stored(name, protocolType, generation, protocolName, leader, sinceMs, all);
    }

    void add(Member member) {
        if (members.isEmpty()) {
            leader = member.id;
        }
        members.put(member.id, member);
        member.instanceId.ifPresent(instance -> instances.put(instance, member.id));
    }

    void remove(Member member) {
        members.remove(member.id);
        member.instanceId.ifPresent(instance -> instances.remove(instance, member.id));
        if (leader.equals(member.id)) {
            leader = members.isEmpty() ? "" : members.keySet().iterator().next();
        }
    }

    @Nullable Member instance(String instanceId) {
        String id = instances.get(instanceId);
        return id == null ? null : members.get(id);
    }

    boolean allJoined() {
        return promised.isEmpty()
                && members.values().stream().allMatch(one -> one.joinToken != Member.NOBODY);
    }

    int longestRebalanceMs() {
        return members.values().stream().mapToInt(one -> one.rebalanceMs).max().orElse(0);
    }

    /** Whether a member with these protocols could stay: one is common to all. */
    boolean agrees(GroupCommand.Join join) {
        if (join.protocolType().isEmpty() || join.protocols().isEmpty()) {
            return false;
        }
        if (members.isEmpty()) {
            return true;
        }
        return join.protocolType().equals(protocolType)
                && join.protocols().stream()
                        .anyMatch(one ->
                                members.values().stream()
                                        .filter(member -> !member.id.equals(join.memberId()))
                                        .allMatch(member -> member.offers(one.name())));
    }

    /** The protocol that all offer and most prefer; the one voted for first wins a tie. */
    String vote() {
        Map<String, Integer> votes = new LinkedHashMap<>();
        for (Member member : members.values()) {
            member.protocols.stream()
                    .map(GroupCommand.Protocol::name)
                    .filter(name -> members.values().stream().allMatch(one -> one.offers(name)))
                    .findFirst()
                    .ifPresent(name -> votes.merge(name, 1, Integer::sum));
        }
        String best = "";
        int most = 0;
        for (Map.Entry<String, Integer> entry : votes.entrySet()) {
            if (entry.getValue() > most) {
                best = entry.getKey();
                most = entry.getValue();
            }
        }
        return best;
    }

    List<JoinedMember> joinedMembers() {
        String protocol = protocolName.orElse("");
        return members.values().stream()
                .map(one -> new JoinedMember(one.id, one.instanceId, one.metadata(protocol)))
                .toList();
    }

    /** The next moment at which something is due. */
    long nextMs() {
        long next = rebalanceMs;
        for (Member member : members.values()) {
            // Who waits for the others is alive as long as its connection is asked nothing.
            if (!member.waits()) {
                next = Math.min(next, member.deadlineMs);
            }
        }
        for (long at : promised.values()) {
            next = Math.min(next, at);
        }
        return next;
    }
}
