package io.sluice.core.group;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.Topics.InvalidPatternException;
import io.sluice.core.group.assignor.Assignor;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** What the members of a group should have, by what they want and what there is. */
final class Targets {

    /** Expressions whose meaning is remembered until the cluster changes. */
    private static final int MAX_MEANINGS = 1_000;

    private final GroupSettings settings;
    private final Topics topics;

    /** What expressions mean in {@link #meaningsOf}. */
    private final Map<String, Set<String>> meanings = new LinkedHashMap<>();

    private ClusterImage meaningsOf = ClusterImage.EMPTY;

    Targets(GroupSettings settings, Topics topics) {
        this.settings = settings;
        this.topics = topics;
    }

    /**
     * Makes new targets if they are due and may be made now.
     *
     * @param changed a member, or what it wants, has changed
     * @param mustWait the last ones were made a moment ago: what is due stays due
     * @return whether they were made
     */
    boolean refresh(Draft draft, boolean changed, boolean mustWait) {
        if (changed) {
            draft.epoch++;
        }
        ClusterImage image = topics.image();
        boolean due = draft.epoch > draft.targetEpoch;
        if (due ? mustWait : image == draft.group.seen) {
            return false;
        }
        draft.group.seen = image;
        SortedMap<String, ConsumerMember> members = draft.members();
        Wishes wishes = wishes(members, image);
        long hash = hash(wishes.topics.values(), image);
        if (!due && hash == draft.topicsHash) {
            return false;
        }
        draft.topicsHash = hash;
        if (!due) {
            draft.epoch++;
        }
        if (mustWait) {
            return false;
        }
        assign(draft, members, wishes, image);
        return true;
    }

    /** Whether new targets are due for what has changed outside alone. */
    boolean areStale(ConsumerGroup group) {
        ClusterImage image = topics.image();
        if (image == group.seen || group.epoch > group.targetEpoch) {
            return false;
        }
        if (hash(wishes(group.members, image).topics.values(), image) != group.topicsHash) {
            return true;
        }
        group.seen = image;
        return false;
    }

    /** What each member wants, by topic, and all those topics. */
    private record Wishes(Map<String, Set<Uuid>> byMember, SortedMap<Uuid, TopicImage> topics) {}

    private Wishes wishes(SortedMap<String, ConsumerMember> members, ClusterImage image) {
        Map<String, Set<Uuid>> wanted = new HashMap<>();
        SortedMap<Uuid, TopicImage> all = new TreeMap<>();
        members.forEach((id, member) -> {
            List<TopicImage> some = wanted(member.profile(), image);
            Set<Uuid> ids = new TreeSet<>();
            some.forEach(topic -> {
                ids.add(topic.id());
                all.put(topic.id(), topic);
            });
            wanted.put(id, ids);
        });
        return new Wishes(wanted, all);
    }

    private void assign(
            Draft draft,
            SortedMap<String, ConsumerMember> members,
            Wishes wishes,
            ClusterImage image) {
        SortedMap<String, Assignor.Subscriber> subscribers = new TreeMap<>();
        members.forEach((id, member) ->
                subscribers.put(
                        id,
                        new Assignor.Subscriber(
                                member.instanceId(),
                                member.profile().rack(),
                                wishes.byMember.getOrDefault(id, Set.of()),
                                member.target())));
        Map<Uuid, Assignor.Topic> there = new HashMap<>();
        wishes.topics.forEach((id, topic) ->
                there.put(id, new Assignor.Topic(topic.name(), racks(topic, image))));
        Assignor assignor = choose(members.values());
        Map<String, PartitionSet> targets =
                assignor.assign(new Assignor.Question(subscribers, there));
        members.forEach((id, member) -> {
            PartitionSet target = targets.getOrDefault(id, PartitionSet.NONE);
            if (!target.equals(member.target())) {
                draft.put(member.withTarget(target));
            }
        });
        draft.targetEpoch = draft.epoch;
        draft.assignor = assignor.name();
    }

    /** The assignor that most of those with a wish wish for. */
    private Assignor choose(Collection<ConsumerMember> members) {
        SortedMap<String, Integer> votes = new TreeMap<>();
        members.stream()
                .map(one -> one.profile().assignor())
                .filter(name -> !name.isEmpty())
                .forEach(name -> votes.merge(name, 1, Integer::sum));
        String chosen = settings.consumers().assignors().getFirst();
        int most = 0;
        for (Map.Entry<String, Integer> one : votes.entrySet()) {
            if (one.getValue() > most) {
                most = one.getValue();
                chosen = one.getKey();
            }
        }
        return named(chosen);
    }

    private static Assignor named(String name) {
        return Assignor.ALL.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElse(Assignor.ALL.getFirst());
    }

    /** The topics of a group's members, by name: those whose offsets are in use. */
    Set<String> topicNames(Collection<ConsumerMember> members) {
        ClusterImage image = topics.image();
        Set<String> names = new TreeSet<>();
        for (ConsumerMember member : members) {
            names.addAll(member.profile().topics());
            wanted(member.profile(), image).forEach(topic -> names.add(topic.name()));
        }
        return names;
    }

    private List<TopicImage> wanted(ConsumerMember.Profile profile, ClusterImage image) {
        List<TopicImage> found = new ArrayList<>();
        for (String name : profile.topics()) {
            TopicImage topic = image.topics().get(name);
            if (topic != null) {
                found.add(topic);
            }
        }
        if (!profile.pattern().isEmpty()) {
            for (String name : meaning(profile.pattern(), image)) {
                TopicImage topic = image.topics().get(name);
                if (topic != null && !profile.topics().contains(name)) {
                    found.add(topic);
                }
            }
        }
        return found;
    }

    private Set<String> meaning(String expression, ClusterImage image) {
        if (image != meaningsOf || meanings.size() >= MAX_MEANINGS) {
            meanings.clear();
            meaningsOf = image;
        }
        return meanings.computeIfAbsent(
                expression,
                one -> {
                    Set<String> names = new TreeSet<>();
                    try {
                        Predicate<String> matches = topics.pattern(one);
                        image.topics().keySet().stream()
                                .filter(name ->
                                        !settings.consumers().internalTopics().contains(name))
                                .filter(matches)
                                .forEach(names::add);
                    } catch (InvalidPatternException e) {
                        // Refused when it came; another version of the broker let it in.
                    }
                    return names;
                });
    }

    private static List<Set<String>> racks(TopicImage topic, ClusterImage image) {
        List<Set<String>> racks = new ArrayList<>();
        for (PartitionImage partition : topic.partitions()) {
            Set<String> some = new TreeSet<>();
            for (int replica : partition.replicas()) {
                BrokerImage broker = image.brokers().get(replica);
                if (broker != null) {
                    broker.rack().ifPresent(some::add);
                }
            }
            racks.add(some);
        }
        return racks;
    }

    /** The same on every broker and after every restart. */
    private static long hash(Collection<TopicImage> all, ClusterImage image) {
        long hash = 1L;
        for (TopicImage topic : all) {
            hash = mix(hash, topic.id().high());
            hash = mix(hash, topic.id().low());
            hash = mix(hash, topic.partitions().size());
            for (Set<String> racks : racks(topic, image)) {
                hash = mix(hash, racks.hashCode());
            }
        }
        return hash;
    }

    /** A step of a hash. */
    static long mix(long hash, long value) {
        long mixed = (hash ^ value) * 0x9E3779B97F4A7C15L;
        return mixed ^ (mixed >>> 29);
    }
}
