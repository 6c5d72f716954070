package io.sluice.cli.group;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.clients.admin.ShareMemberDescription;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment.TaskIds;
import org.apache.kafka.clients.admin.StreamsGroupMemberDescription;
import org.apache.kafka.clients.admin.StreamsGroupSubtopologyDescription;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A group as the commands show it, whatever its protocol.
 *
 * @param assignor empty where there is none
 * @param members in the order of their ids
 */
record GroupView(
        GroupType type, String state, String assignor, int coordinator, List<Member> members) {

    /**
     * @param instance null for a member that is not static
     * @param reads in order
     */
    record Member(
            String id,
            @Nullable String instance,
            String client,
            String host,
            List<TopicPartition> reads) {}

    GroupView {
        members = members.stream().sorted(Comparator.comparing(Member::id)).toList();
    }

    static GroupView of(ConsumerGroupDescription group) {
        return new GroupView(
                group.type(),
                group.groupState().toString(),
                group.partitionAssignor(),
                group.coordinator().id(),
                group.members().stream().map(GroupView::member).toList());
    }

    private static Member member(MemberDescription member) {
        return new Member(
                member.consumerId(),
                member.groupInstanceId().orElse(null),
                member.clientId(),
                host(member.host()),
                ordered(member.assignment().topicPartitions()));
    }

    /** What a task reads is that partition of all that its subtopology reads. */
    static GroupView of(StreamsGroupDescription group) {
        Map<String, List<String>> topics = new HashMap<>();
        for (StreamsGroupSubtopologyDescription one : group.subtopologies()) {
            List<String> read = new ArrayList<>(one.sourceTopics());
            read.addAll(one.repartitionSourceTopics().keySet());
            topics.put(one.subtopologyId(), read);
        }
        return new GroupView(
                GroupType.STREAMS,
                group.groupState().toString(),
                group.assignorName().orElse(""),
                group.coordinator().id(),
                group.members().stream().map(member -> member(member, topics)).toList());
    }

    private static Member member(
            StreamsGroupMemberDescription member, Map<String, List<String>> topics) {
        List<TopicPartition> reads = new ArrayList<>();
        for (TaskIds tasks : member.assignment().activeTasks()) {
            for (String topic : topics.getOrDefault(tasks.subtopologyId(), List.of())) {
                tasks.partitions().forEach(one -> reads.add(new TopicPartition(topic, one)));
            }
        }
        return new Member(
                member.memberId(),
                member.instanceId().orElse(null),
                member.clientId(),
                host(member.clientHost()),
                ordered(reads));
    }

    static GroupView of(ShareGroupDescription group) {
        return new GroupView(
                GroupType.SHARE,
                group.groupState().toString(),
                "",
                group.coordinator().id(),
                group.members().stream().map(GroupView::member).toList());
    }

    private static Member member(ShareMemberDescription member) {
        return new Member(
                member.consumerId(),
                null,
                member.clientId(),
                host(member.host()),
                ordered(member.assignment().topicPartitions()));
    }

    private static List<TopicPartition> ordered(Collection<TopicPartition> partitions) {
        TreeSet<TopicPartition> all = new TreeSet<>(Groups.ORDER);
        all.addAll(partitions);
        return List.copyOf(all);
    }

    private static String host(String told) {
        return told.startsWith("/") ? told.substring(1) : told;
    }
}
