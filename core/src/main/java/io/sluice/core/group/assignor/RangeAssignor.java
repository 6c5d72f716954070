package io.sluice.core.group.assignor;

import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Cuts every topic into as many ranges as it has subscribers. Topics with the same subscribers and
 * the same number of partitions are cut and given alike, so that who reads partition 7 of one reads
 * it of the other: joins by key need that. A range goes to who has most of it already, then to who
 * is in its rack.
 */
final class RangeAssignor implements Assignor {

    @Override
    public String name() {
        return "range";
    }

    /** Topics that are shared alike. */
    private record Kind(List<String> members, int partitions) {}

    /** What speaks for giving that range to that member. */
    private record Claim(int range, String member, long weight) {}

    @Override
    public Map<String, PartitionSet> assign(Question question) {
        Map<Uuid, List<String>> subscribers = new HashMap<>();
        question.members()
                .forEach((id, member) ->
                        member.topics()
                                .forEach(topic ->
                                        subscribers
                                                .computeIfAbsent(topic, one -> new ArrayList<>())
                                                .add(id)));
        Map<Kind, List<Uuid>> kinds = new HashMap<>();
        new TreeMap<>(question.topics())
                .forEach((id, topic) -> {
                    List<String> members = subscribers.get(id);
                    if (members != null) {
                        kinds.computeIfAbsent(
                                        new Kind(members, topic.partitions()),
                                        one -> new ArrayList<>())
                                .add(id);
                    }
                });
        Map<String, PartitionSet.Builder> shares = new TreeMap<>();
        question.members().keySet().forEach(id -> shares.put(id, new PartitionSet.Builder()));
        kinds.forEach((kind, topics) -> share(question, kind, topics, shares));
        Map<String, PartitionSet> all = new TreeMap<>();
        shares.forEach((id, share) -> all.put(id, share.build()));
        return all;
    }

    private static void share(
            Question question,
            Kind kind,
            List<Uuid> topics,
            Map<String, PartitionSet.Builder> shares) {
        int ranges = Math.min(kind.members().size(), kind.partitions());
        List<Claim> claims = claims(question, kind, topics, ranges);
        Map<Integer, String> owners = new HashMap<>();
        Set<String> served = new HashSet<>();
        for (Claim claim : claims) {
            if (!owners.containsKey(claim.range()) && !served.contains(claim.member())) {
                owners.put(claim.range(), claim.member());
                served.add(claim.member());
            }
        }
        List<String> inOrder = new ArrayList<>(kind.members());
        inOrder.removeAll(served);
        // Static members keep their place over restarts: their ids change, their names do not.
        inOrder.sort(Comparator.comparing(id -> placeOf(question, id)));
        int next = 0;
        for (int range = 0; range < ranges; range++) {
            String owner = owners.get(range);
            PartitionSet.Builder share = shares.get(owner == null ? inOrder.get(next++) : owner);
            int end = start(range + 1, ranges, kind.partitions());
            for (int at = start(range, ranges, kind.partitions());
                    at < end && share != null;
                    at++) {
                for (Uuid topic : topics) {
                    share.add(topic, at);
                }
            }
        }
    }

    private static String placeOf(Question question, String id) {
        Subscriber member = question.members().get(id);
        return member == null ? id : member.instanceId().orElse(id);
    }

    /** The first ranges have one partition more where it does not come out even. */
    private static int start(int range, int ranges, int partitions) {
        return range * (partitions / ranges) + Math.min(range, partitions % ranges);
    }

    private static int rangeOf(int partition, int ranges, int partitions) {
        int longer = partitions % ranges;
        int length = partitions / ranges;
        int inLonger = longer * (length + 1);
        return partition < inLonger
                ? partition / (length + 1)
                : longer + (partition - inLonger) / length;
    }

    /** The strongest first. A partition that is there weighs more than all racks. */
    private static List<Claim> claims(Question question, Kind kind, List<Uuid> topics, int ranges) {
        List<Claim> claims = new ArrayList<>();
        long keeps = 1L + (long) topics.size() * kind.partitions();
        for (String id : kind.members()) {
            Subscriber member = question.members().get(id);
            if (member == null) {
                continue;
            }
            long[] weights = new long[ranges];
            for (Uuid topic : topics) {
                for (int at : member.before().partitions(topic)) {
                    if (at < kind.partitions()) {
                        weights[rangeOf(at, ranges, kind.partitions())] += keeps;
                    }
                }
                for (int at = 0; member.rack().isPresent() && at < kind.partitions(); at++) {
                    if (near(question, member, topic, at)) {
                        weights[rangeOf(at, ranges, kind.partitions())]++;
                    }
                }
            }
            for (int range = 0; range < ranges; range++) {
                if (weights[range] > 0) {
                    claims.add(new Claim(range, id, weights[range]));
                }
            }
        }
        claims.sort(
                Comparator.comparingLong(Claim::weight)
                        .reversed()
                        .thenComparingInt(Claim::range)
                        .thenComparing(Claim::member));
        return claims;
    }

    private static boolean near(Question question, Subscriber member, Uuid topic, int partition) {
        Topic known = question.topics().get(topic);
        return known != null
                && member.rack().isPresent()
                && known.racks().get(partition).contains(member.rack().get());
    }
}
