package io.sluice.core.group.streams;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Gives every task to one member, the same number to each but for one, and moves as few as it can.
 * A task that has to move goes where its state is kept, if that member has room. Standbys go to
 * other processes than the task itself: a process can hold the state of a task once.
 *
 * <p>Costs the number of tasks times the number of members.
 */
public final class StickyTaskAssignor {

    /** As clients and settings know it. */
    public static final String NAME = "sticky";

    /**
     * @param members by id
     * @param tasks how many each subtopology has
     * @param stateful subtopologies whose tasks have standbys
     * @param standbys of each such task, as far as there are processes
     */
    public record Question(
            SortedMap<String, Member> members,
            SortedMap<String, Integer> tasks,
            Set<String> stateful,
            int standbys) {}

    /**
     * @param before what it was to have
     */
    public record Member(String processId, Tasks before) {}

    private final Question question;
    private final SortedMap<String, Load> loads = new TreeMap<>();

    /** Those with state first, and neighbours apart. */
    private final List<Task> tasks;

    /** Tasks whose state a process has kept. */
    private final Map<String, Set<Task>> kept = new HashMap<>();

    private StickyTaskAssignor(Question question) {
        this.question = question;
        this.tasks = tasks();
        question.members()
                .forEach((id, member) -> {
                    loads.put(id, new Load(id, member));
                    kept.computeIfAbsent(member.processId(), one -> new HashSet<>())
                            .addAll(member.before().all());
                });
    }

    /** What a member gets. */
    private static final class Load {
        final String id;
        final Member member;
        final SortedSet<Task> active = new TreeSet<>();
        final SortedSet<Task> standby = new TreeSet<>();

        Load(String id, Member member) {
            this.id = id;
            this.member = member;
        }

        int size() {
            return active.size() + standby.size();
        }
    }

    /** What each member is to have; nobody is left out. */
    public static SortedMap<String, Tasks> assign(Question question) {
        StickyTaskAssignor run = new StickyTaskAssignor(question);
        if (!question.members().isEmpty()) {
            run.assignActive();
            run.assignStandbys();
        }
        SortedMap<String, Tasks> all = new TreeMap<>();
        run.loads.forEach(
                (id, load) -> all.put(id, new Tasks(load.active, load.standby, new TreeSet<>())));
        return all;
    }

    private List<Task> tasks() {
        List<Task> all = new ArrayList<>();
        question.tasks()
                .forEach((subtopology, count) -> {
                    for (int i = 0; i < count; i++) {
                        all.add(new Task(subtopology, i));
                    }
                });
        all.sort(
                Comparator.comparing((Task one) -> !isStateful(one))
                        .thenComparingInt(Task::partition)
                        .thenComparing(Task::subtopology));
        return all;
    }

    private boolean isStateful(Task task) {
        return question.stateful().contains(task.subtopology());
    }

    private void assignActive() {
        int least = tasks.size() / loads.size();
        int spare = tasks.size() % loads.size();
        Set<Task> open = new HashSet<>(tasks);
        // Each keeps what it had, up to the even share, and some one more.
        for (Load load : loads.values()) {
            keep(load, open, least);
        }
        for (Load load : loads.values()) {
            if (spare > 0 && load.active.size() == least) {
                keep(load, open, least + 1);
                spare -= load.active.size() - least;
            }
        }
        for (Task task : tasks) {
            if (open.contains(task)) {
                Load best = bestForActive(task, least, spare);
                best.active.add(task);
                spare -= best.active.size() > least ? 1 : 0;
            }
        }
    }

    private void keep(Load load, Set<Task> open, int limit) {
        if (load.member.before().active().isEmpty()) {
            return;
        }
        for (Task task : tasks) {
            if (load.active.size() >= limit) {
                return;
            }
            if (load.member.before().active().contains(task) && open.remove(task)) {
                load.active.add(task);
            }
        }
    }

    private Load bestForActive(Task task, int least, int spare) {
        Load best = null;
        for (Load load : loads.values()) {
            boolean hasRoom = load.active.size() < least + (spare > 0 ? 1 : 0);
            if (hasRoom && (best == null || isBetterForActive(task, load, best))) {
                best = load;
            }
        }
        if (best == null) {
            throw new IllegalStateException("no room for " + task);
        }
        return best;
    }

    private boolean isBetterForActive(Task task, Load load, Load best) {
        boolean has = hasState(load, task);
        boolean bestHas = hasState(best, task);
        return has != bestHas ? has : load.active.size() < best.active.size();
    }

    private boolean hasState(Load load, Task task) {
        return isStateful(task)
                && kept.getOrDefault(load.member.processId(), Set.of()).contains(task);
    }

    /** Keeps those there are, adds what is missing, and then evens out. */
    private void assignStandbys() {
        List<Task> stateful = tasks.stream().filter(this::isStateful).toList();
        Map<Task, Set<String>> processes = new HashMap<>();
        stateful.forEach(task -> processes.put(task, new HashSet<>()));
        for (Load load : loads.values()) {
            load.active.forEach(task -> take(task, load, processes));
        }
        for (Load load : loads.values()) {
            for (Task task : load.member.before().standby()) {
                Set<String> taken = processes.get(task);
                if (taken != null
                        && taken.size() <= question.standbys()
                        && taken.add(load.member.processId())) {
                    load.standby.add(task);
                }
            }
        }
        for (Task task : stateful) {
            Set<String> taken = processes.getOrDefault(task, Set.of());
            while (taken.size() <= question.standbys()) {
                Load best = bestForStandby(task, taken);
                if (best == null) {
                    break; // every process has it
                }
                best.standby.add(task);
                taken.add(best.member.processId());
            }
        }
        boolean moved = true;
        while (moved) {
            moved = evenOut(processes);
        }
    }

    private static void take(Task task, Load load, Map<Task, Set<String>> processes) {
        Set<String> taken = processes.get(task);
        if (taken != null) {
            taken.add(load.member.processId());
        }
    }

    /** Null if every process has the task already. */
    private @Nullable Load bestForStandby(Task task, Set<String> taken) {
        Load best = null;
        for (Load load : loads.values()) {
            if (!taken.contains(load.member.processId())
                    && (best == null || isBetterForStandby(task, load, best))) {
                best = load;
            }
        }
        return best;
    }

    /** Who has kept the state; then who has least to do. */
    private boolean isBetterForStandby(Task task, Load load, Load best) {
        boolean has = hasState(load, task);
        boolean bestHas = hasState(best, task);
        return has != bestHas ? has : load.size() < best.size();
    }

    /** Moves one standby from who has two more than another one that may have it. */
    private boolean evenOut(Map<Task, Set<String>> processes) {
        for (Load from : loads.values()) {
            for (Task task : from.standby) {
                Set<String> taken = processes.getOrDefault(task, Set.of());
                for (Load to : loads.values()) {
                    boolean sameProcess = to.member.processId().equals(from.member.processId());
                    boolean may = sameProcess || !taken.contains(to.member.processId());
                    if (may && from.size() - to.size() >= 2) {
                        from.standby.remove(task);
                        to.standby.add(task);
                        taken.remove(from.member.processId());
                        taken.add(to.member.processId());
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
