package io.sluice.engine.schedule;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** How the schedules of one loop stand, by topic; made on the loop. */
final class ScheduleSurvey {

    /** The partitions of one topic that are led here. */
    static final class Topic {
        long waiting;

        /** How long ago that was due which is longest overdue. */
        long overdueMs;

        void add(long messages, long overdue) {
            waiting += messages;
            overdueMs = Math.max(overdueMs, overdue);
        }
    }

    final SortedMap<String, Topic> topics = new TreeMap<>();

    /** Partitions whose leader still reads what waits. */
    int loading;

    static ScheduleSurvey of(List<ScheduleSurvey> some) {
        ScheduleSurvey all = new ScheduleSurvey();
        for (ScheduleSurvey one : some) {
            all.loading += one.loading;
            one.topics.forEach(
                    (name, topic) -> all.topic(name).add(topic.waiting, topic.overdueMs));
        }
        return all;
    }

    Topic topic(String name) {
        return topics.computeIfAbsent(name, none -> new Topic());
    }

    long overdueMs() {
        return topics.values().stream().mapToLong(topic -> topic.overdueMs).max().orElse(0L);
    }
}
