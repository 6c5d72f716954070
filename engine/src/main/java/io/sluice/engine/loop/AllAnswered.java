package io.sluice.engine.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Asks several questions, and goes on when all are answered; at once if there are none. Owned by
 * one loop, where the answers come too.
 */
public final class AllAnswered {

    private final List<Consumer<Runnable>> questions = new ArrayList<>();
    private int waiting;

    /**
     * @param question is asked by {@link #then}; runs what it is given once it has its answer
     */
    public void ask(Consumer<Runnable> question) {
        questions.add(question);
    }

    /** Asks, and runs that when the last has answered. */
    public void then(Runnable then) {
        waiting = questions.size();
        if (waiting == 0) {
            then.run();
            return;
        }
        Runnable answered =
                () -> {
                    if (--waiting == 0) {
                        then.run();
                    }
                };
        List.copyOf(questions).forEach(question -> question.accept(answered));
    }
}
