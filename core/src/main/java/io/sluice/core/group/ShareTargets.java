package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.group.assignor.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the members of a share group should read, by what they want and what there is. */
final class ShareTargets {

    private final Topics topics;

    ShareTargets(Topics topics) {
        this.topics = topics;
    }

    /**
     * Gives partitions out anew, if the group or its topics changed.
     *
     * @param changed a member, or what it wants, has changed
     */
    void refresh(ShareDraft draft, boolean changed) {
        ClusterImage image = topics.image();
        if (!changed && image == draft.group.seen) {
            return;
        }
        draft.group.seen = image;
        SortedMap<String, ShareMember> members = draft.members();
        SortedMap<String, List<String>> subscribers = subscribers(members);
        long hash = hash(subscribers, image);
        if (!changed && hash == draft.topicsHash) {
            return;
        }
        draft.topicsHash = hash;
        draft.epoch++;
        SortedMap<String, PartitionSet> shares = shares(members, subscribers, image);
        members.forEach((id, member) -> {
            PartitionSet share = shares.getOrDefault(id, PartitionSet.NONE);
            if (!share.equals(member.standing().assigned())) {
                Standing<PartitionSet> now = member.standing();
                draft.put(
                        member.with(
                                new Standing<>(
                                        now.epoch(),
                                        now.previousEpoch(),
                                        Standing.State.STABLE,
                                        share,
                                        PartitionSet.NONE)));
            }
        });
    }

    private static SortedMap<String, List<String>> subscribers(
            SortedMap<String, ShareMember> members) {
        SortedMap<String, List<String>> byTopic = new TreeMap<>();
        members.forEach((id, member) ->
                member.topics()
                        .forEach(name ->
                                byTopic.computeIfAbsent(name, one -> new ArrayList<>()).add(id)));
        return byTopic;
    }

    private static SortedMap<String, PartitionSet> shares(
            SortedMap<String, ShareMember> members,
            SortedMap<String, List<String>> subscribers,
            ClusterImage image) {
        SortedMap<String, PartitionSet.Builder> shares = new TreeMap<>();
        subscribers.forEach((name, ids) -> {
            TopicImage topic = image.topics().get(name);
            if (topic == null) {
                return;
            }
            SortedMap<String, List<Integer>> before = new TreeMap<>();
            ids.forEach(id -> {
                ShareMember member = members.get(id);
                if (member != null) {
                    before.put(id, member.standing().assigned().partitions(topic.id()));
                }
            });
            Spread.over(before, topic.partitions().size())
                    .forEach((id, some) ->
                            some.forEach(partition ->
                                    shares.computeIfAbsent(id, one -> new PartitionSet.Builder())
                                            .add(topic.id(), partition)));
        });
        SortedMap<String, PartitionSet> built = new TreeMap<>();
        shares.forEach((id, share) -> built.put(id, share.build()));
        return built;
    }

    /** The same on every broker and after every restart. */
    private static long hash(SortedMap<String, List<String>> subscribers, ClusterImage image) {
        long hash = 1L;
        for (String name : subscribers.keySet()) {
            TopicImage topic = image.topics().get(name);
            if (topic != null) {
                hash = Targets.mix(hash, topic.id().high());
                hash = Targets.mix(hash, topic.id().low());
                hash = Targets.mix(hash, topic.partitions().size());
            }
        }
        return hash;
    }
}
