package io.sluice.core.group;

import io.sluice.core.coordinator.Answer;
import io.sluice.core.coordinator.Decision;
import java.util.ArrayList;
import java.util.List;

/** Gathers a decision. */
final class Out {

    private final List<GroupEvent> events = new ArrayList<>();
    private final List<Answer<GroupReply>> answers = new ArrayList<>();

    void store(GroupEvent event) {
        events.add(event);
    }

    /** All that another one gathered. */
    void add(Out other) {
        events.addAll(other.events);
        answers.addAll(other.answers);
    }

    /** Events so far. */
    int size() {
        return events.size();
    }

    void answer(long token, GroupReply reply) {
        answers.add(new Answer<>(token, reply));
    }

    Decision<GroupEvent, GroupReply> decision() {
        return new Decision<>(events, answers);
    }
}
