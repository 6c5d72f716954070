package io.sluice.core.group.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.streams.StickyTaskAssignor.Member;
import io.sluice.core.group.streams.StickyTaskAssignor.Question;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What holds for whatever is asked of the assignor of tasks. */
class StickyTaskAssignorTest {

    private static final int SEEDS = 2_000;

    private final SortedMap<String, Member> members = new TreeMap<>();
    private final SortedMap<String, Integer> tasks = new TreeMap<>();
    private final Set<String> stateful = new HashSet<>();
    private int standbys;

    private SortedMap<String, Tasks> assign() {
        return StickyTaskAssignor.assign(new Question(members, tasks, stateful, standbys));
    }

    private void remember(Map<String, Tasks> assigned) {
        assigned.forEach((id, some) ->
                members.computeIfPresent(id, (same, one) -> new Member(one.processId(), some)));
    }

    private void member(String id, String process) {
        members.put(id, new Member(process, Tasks.NONE));
    }

    private void random(Random random) {
        members.clear();
        tasks.clear();
        stateful.clear();
        int processes = 1 + random.nextInt(4);
        for (int i = 0; i < 1 + random.nextInt(7); i++) {
            member("m" + i, "p" + random.nextInt(processes));
        }
        for (int i = 0; i < random.nextInt(4); i++) {
            tasks.put("s" + i, random.nextInt(9));
            if (random.nextBoolean()) {
                stateful.add("s" + i);
            }
        }
        standbys = random.nextInt(3);
    }

    private static void change(Random random, SortedMap<String, Member> members) {
        if (members.size() > 1 && random.nextBoolean()) {
            members.remove(List.copyOf(members.keySet()).get(random.nextInt(members.size())));
        } else {
            members.put("n" + random.nextInt(100), new Member("p" + random.nextInt(5), Tasks.NONE));
        }
    }

    @Test
    void everyTaskHasOneMemberAndTheMembersHaveTheSameNumber() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            random(random);
            for (int round = 0; round < 4; round++) {
                SortedMap<String, Tasks> assigned = assign();
                check(seed, assigned);
                remember(assigned);
                assertThat(assign())
                        .as("seed %d: nothing moves for nothing", seed)
                        .isEqualTo(assigned);
                change(random, members);
            }
        }
    }

    private void check(int seed, SortedMap<String, Tasks> assigned) {
        List<Task> active = new ArrayList<>();
        Map<Task, List<String>> processes = new HashMap<>();
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (Map.Entry<String, Tasks> one : assigned.entrySet()) {
            active.addAll(one.getValue().active());
            least = Math.min(least, one.getValue().active().size());
            most = Math.max(most, one.getValue().active().size());
            String process = members.getOrDefault(one.getKey(), NOBODY).processId();
            one.getValue()
                    .all()
                    .forEach(task ->
                            processes.computeIfAbsent(task, is -> new ArrayList<>()).add(process));
        }
        Set<Task> all = new TreeSet<>();
        tasks.forEach((id, count) -> {
            for (int i = 0; i < count; i++) {
                all.add(new Task(id, i));
            }
        });
        assertThat(active).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(all);
        assertThat(most - least).as("seed %d", seed).isLessThanOrEqualTo(1);
        long there = members.values().stream().map(Member::processId).distinct().count();
        for (Task task : all) {
            int copies = stateful.contains(task.subtopology()) ? 1 + standbys : 1;
            assertThat(processes.get(task))
                    .as("seed %d: %s", seed, task)
                    .doesNotHaveDuplicates()
                    .hasSize((int) Math.min(copies, there));
        }
    }

    private static final Member NOBODY = new Member("nobody", Tasks.NONE);

    @Test
    void aMemberThatGoesMovesNoTaskButItsOwn() {
        for (int i = 0; i < 4; i++) {
            member("m" + i, "p" + i);
        }
        tasks.put("s", 12);
        SortedMap<String, Tasks> before = assign();
        remember(before);
        members.remove("m2");
        SortedMap<String, Tasks> after = assign();
        for (String stays : members.keySet()) {
            assertThat(after.getOrDefault(stays, Tasks.NONE).active())
                    .containsAll(before.getOrDefault(stays, Tasks.NONE).active());
        }
    }

    @Test
    void aTaskMovesWhereItsStateIs() {
        for (int i = 0; i < 3; i++) {
            member("m" + i, "p" + i);
        }
        tasks.put("s", 6);
        stateful.add("s");
        standbys = 1;
        SortedMap<String, Tasks> before = assign();
        remember(before);
        Tasks lost = before.getOrDefault("m0", Tasks.NONE);
        members.remove("m0");
        SortedMap<String, Tasks> after = assign();
        for (Task task : lost.active()) {
            String stood =
                    before.entrySet().stream()
                            .filter(one -> one.getValue().standby().contains(task))
                            .findFirst()
                            .orElseThrow()
                            .getKey();
            String now =
                    after.entrySet().stream()
                            .filter(one -> one.getValue().active().contains(task))
                            .findFirst()
                            .orElseThrow()
                            .getKey();
            assertThat(now).as("%s", task).isEqualTo(stood);
        }
    }

    @Test
    void nobodyGetsNothing() {
        tasks.put("s", 3);
        assertThat(assign()).isEmpty();
    }
}
