package io.sluice.core.group.assignor;

import io.sluice.core.model.Uuid;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Gives every member as many partitions as the others, and moves as few as that needs. A partition
 * stays where it is unless its owner has two more than another subscriber of the topic; one that is
 * free goes to a subscriber with the fewest, in the rack of a replica if there is such a one.
 *
 * <p>Each move lessens the sum of the squares of what members have, so it comes to an end.
 */
final class UniformAssignor implements Assignor {

    @Override
    public String name() {
        return "uniform";
    }

    private record Partition(Uuid topic, int number) {}

    /**
     * A member and what it has. Its place in a set of the least loaded changes with {@code load}.
     */
    private static final class Holder {
        final String id;
        final Subscriber subscriber;
        final Map<Uuid, ArrayDeque<Partition>> byTopic = new HashMap<>();
        int load;

        Holder(String id, Subscriber subscriber) {
            this.id = id;
            this.subscriber = subscriber;
        }

        boolean near(Topic topic, int partition) {
            return subscriber.rack().map(topic.racks().get(partition)::contains).orElse(false);
        }
    }

    private static final Comparator<Holder> LEAST_FIRST =
            Comparator.<Holder>comparingInt(one -> one.load).thenComparing(one -> one.id);

    /** Topics with the same subscribers, and those: all of them in the simple case. */
    private static final class Circle {
        final List<Uuid> topics = new ArrayList<>();
        final List<Holder> holders = new ArrayList<>();
    }

    @Override
    public Map<String, PartitionSet> assign(Question question) {
        SortedMap<String, Holder> holders = new TreeMap<>();
        question.members().forEach((id, member) -> holders.put(id, new Holder(id, member)));
        List<Circle> circles = circles(question, holders);
        for (Circle circle : circles) {
            List<Partition> free = keep(question, circle);
            giveOut(question, circle, free);
        }
        boolean moved = true;
        while (moved) {
            moved = false;
            for (Circle circle : circles) {
                moved |= even(question, circle);
            }
        }
        Map<String, PartitionSet> all = new TreeMap<>();
        holders.forEach((id, holder) -> {
            PartitionSet.Builder share = new PartitionSet.Builder();
            holder.byTopic
                    .values()
                    .forEach(some -> some.forEach(one -> share.add(one.topic(), one.number())));
            all.put(id, share.build());
        });
        return all;
    }

    /** Those with few subscribers first: there is less choice where their partitions can go. */
    private static List<Circle> circles(Question question, SortedMap<String, Holder> holders) {
        SortedMap<Uuid, List<Holder>> subscribers = new TreeMap<>();
        holders.values()
                .forEach(holder -> {
                    for (Uuid topic : holder.subscriber.topics()) {
                        if (question.topics().containsKey(topic)) {
                            subscribers.computeIfAbsent(topic, id -> new ArrayList<>()).add(holder);
                        }
                    }
                });
        Map<List<Holder>, Circle> circles = new HashMap<>();
        List<Circle> inOrder = new ArrayList<>();
        subscribers.forEach((topic, some) -> {
            Circle circle = circles.get(some);
            if (circle == null) {
                circle = new Circle();
                circle.holders.addAll(some);
                circles.put(some, circle);
                inOrder.add(circle);
            }
            circle.topics.add(topic);
        });
        inOrder.sort(Comparator.comparingInt(one -> one.holders.size()));
        return inOrder;
    }

    /** Leaves partitions where they were; returns those that nobody had. */
    private static List<Partition> keep(Question question, Circle circle) {
        List<Partition> free = new ArrayList<>();
        for (Uuid topic : circle.topics) {
            int partitions = partitions(question, topic);
            Holder[] owners = new Holder[partitions];
            for (Holder holder : circle.holders) {
                for (int at : holder.subscriber.before().partitions(topic)) {
                    if (at < partitions && owners[at] == null) {
                        owners[at] = holder;
                    }
                }
            }
            for (int at = 0; at < partitions; at++) {
                Partition one = new Partition(topic, at);
                Holder owner = owners[at];
                if (owner == null) {
                    free.add(one);
                } else {
                    give(owner, one);
                }
            }
        }
        return free;
    }

    private static int partitions(Question question, Uuid topic) {
        Topic known = question.topics().get(topic);
        return known == null ? 0 : known.partitions();
    }

    private static void give(Holder holder, Partition one) {
        holder.byTopic.computeIfAbsent(one.topic(), id -> new ArrayDeque<>()).addLast(one);
        holder.load++;
    }

    private static void giveOut(Question question, Circle circle, List<Partition> free) {
        TreeSet<Holder> all = new TreeSet<>(LEAST_FIRST);
        all.addAll(circle.holders);
        Map<String, TreeSet<Holder>> byRack = new HashMap<>();
        for (Holder holder : circle.holders) {
            holder.subscriber
                    .rack()
                    .ifPresent(rack ->
                            byRack.computeIfAbsent(rack, one -> new TreeSet<>(LEAST_FIRST))
                                    .add(holder));
        }
        for (Partition one : free) {
            Holder least = all.first();
            Holder near = byRack.isEmpty() ? null : nearest(question, one, byRack);
            // The rack is a wish, the balance is not.
            Holder chosen = near != null && near.load <= least.load ? near : least;
            Optional<TreeSet<Holder>> rack = chosen.subscriber.rack().map(byRack::get);
            all.remove(chosen);
            rack.ifPresent(some -> some.remove(chosen));
            give(chosen, one);
            all.add(chosen);
            rack.ifPresent(some -> some.add(chosen));
        }
    }

    private static @Nullable Holder nearest(
            Question question, Partition one, Map<String, TreeSet<Holder>> byRack) {
        Topic topic = question.topics().get(one.topic());
        Set<String> racks = topic == null ? Set.of() : topic.racks().get(one.number());
        return racks.stream()
                .map(byRack::get)
                .filter(some -> some != null)
                .map(TreeSet::first)
                .min(LEAST_FIRST)
                .orElse(null);
    }

    /** Moves partitions of these topics from who has most to who has least. */
    private static boolean even(Question question, Circle circle) {
        TreeSet<Holder> byLoad = new TreeSet<>(LEAST_FIRST);
        byLoad.addAll(circle.holders);
        TreeSet<Holder> givers = new TreeSet<>(LEAST_FIRST);
        for (Holder holder : circle.holders) {
            if (circle.topics.stream().anyMatch(topic -> has(holder, topic))) {
                givers.add(holder);
            }
        }
        boolean moved = false;
        while (!givers.isEmpty() && givers.last().load >= byLoad.first().load + 2) {
            Holder from = givers.last();
            Holder to = byLoad.first();
            byLoad.remove(from);
            byLoad.remove(to);
            givers.remove(from);
            givers.remove(to);
            give(to, take(question, circle, from, to));
            byLoad.add(from);
            byLoad.add(to);
            givers.add(to);
            if (circle.topics.stream().anyMatch(topic -> has(from, topic))) {
                givers.add(from);
            }
            moved = true;
        }
        return moved;
    }

    private static boolean has(Holder holder, Uuid topic) {
        ArrayDeque<Partition> some = holder.byTopic.get(topic);
        return some != null && !some.isEmpty();
    }

    /** One that gets nearer if there is one, else the last of the topic it has most of. */
    private static Partition take(Question question, Circle circle, Holder from, Holder to) {
        ArrayDeque<Partition> most = new ArrayDeque<>();
        for (Uuid topic : circle.topics) {
            ArrayDeque<Partition> some = from.byTopic.get(topic);
            Topic known = question.topics().get(topic);
            if (some == null || known == null) {
                continue;
            }
            if (to.subscriber.rack().isPresent()) {
                Optional<Partition> nearer =
                        some.stream()
                                .filter(one ->
                                        to.near(known, one.number())
                                                && !from.near(known, one.number()))
                                .findFirst();
                if (nearer.isPresent()) {
                    some.remove(nearer.get());
                    from.load--;
                    return nearer.get();
                }
            }
            if (some.size() > most.size()) {
                most = some;
            }
        }
        from.load--;
        return most.removeLast();
    }
}
