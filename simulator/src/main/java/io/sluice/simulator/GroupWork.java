package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.Part.Size;
import io.sluice.simulator.check.GroupBook;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.client.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A group whose members come and go (I-19 to I-21). Once the faults are over every partition has
 * one member, which gets on with it.
 */
final class GroupWork implements Work {

    private static final String TOPIC = "jobs";
    private static final long ITS_TOPIC = 0x74L;
    private static final int MOST_PARTITIONS = 4;

    /** More members there never are. */
    static final int MOST_MEMBERS = 3;

    private final Scene scene;
    private final Topics topics;
    private final GroupBook book = new GroupBook();
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    private final Map<TopicPartition, Long> whenHealed = new HashMap<>();
    private final int wanted;

    GroupWork(Scene scene, Topics topics, Part part) {
        this.scene = scene;
        this.topics = topics;
        Random random = scene.world().random("group");
        int count = 1 + random.nextInt(MOST_PARTITIONS);
        for (int i = 0; i < count; i++) {
            partitions.add(new TopicPartition(TOPIC, i));
        }
        wanted = part.of(Size.MEMBERS, 2 + random.nextInt(MOST_MEMBERS - 1));
    }

    @Override
    public List<NewTopic> topics() {
        return List.of(topics.topic(TOPIC, ITS_TOPIC, partitions.size()));
    }

    @Override
    public int ends() {
        return wanted;
    }

    @Override
    public void start(int number) {
        for (int i = 0; i < wanted; i++) {
            members.add(new Member(scene.site(), book, number + i, TOPIC, 3 * topics.paceMs()));
        }
    }

    /** Who may die, leave or stand still. */
    List<Member> members() {
        return members;
    }

    @Override
    public List<TopicPartition> partitions() {
        return partitions;
    }

    @Override
    public void heal() {
        partitions.forEach(one -> whenHealed.put(one, book.committed(one)));
    }

    @Override
    public boolean isDone() {
        List<Integer> held = new ArrayList<>();
        for (Member member : members) {
            if (!member.isThere()) {
                return false;
            }
            held.addAll(member.partitions());
        }
        if (members.isEmpty()) {
            return true;
        }
        return held.size() == partitions.size()
                && partitions.stream().allMatch(one -> held.contains(one.partition()))
                && partitions.stream()
                        .allMatch(one -> book.committed(one) > whenHealed.getOrDefault(one, 0L));
    }

    @Override
    public String describe() {
        StringBuilder text = new StringBuilder();
        members.forEach(one -> text.append(one).append("; "));
        for (TopicPartition one : partitions) {
            text.append(
                    "%s is committed up to %d, before %d; "
                            .formatted(one, book.committed(one), whenHealed.getOrDefault(one, 0L)));
        }
        return text.toString();
    }

    @Override
    public void judge(TopicPartition partition, List<Stored> log) {}

    @Override
    public void conclude(Coverage coverage) {
        coverage.count("offsets committed by members", book.commits());
        coverage.count("partitions passed on to other members", book.passedOn());
        coverage.count("members fenced", members.stream().mapToInt(Member::fenced).sum());
    }
}
