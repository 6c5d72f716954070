package io.sluice.engine.metrics;

import io.sluice.engine.loop.EventLoop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that come from several loops and are waited for together, a bounded time. What comes late
 * is dropped.
 *
 * @param <T> one answer
 */
public final class Gathering<T> {

    /** A scrape is to be over before the one who scrapes gives up (10 s). */
    public static final long PATIENCE_MS = 2_000L;

    private static final Logger LOG = LoggerFactory.getLogger(Gathering.class);

    private final List<T> answers = Collections.synchronizedList(new ArrayList<>());
    private final List<Consumer<Consumer<T>>> questions = new ArrayList<>();

    /** A question: it is given where the answer goes, which may be called from any thread, once. */
    public void ask(Consumer<Consumer<T>> question) {
        questions.add(question);
    }

    /** A question to a loop, which answers at once. */
    public void ask(EventLoop loop, Supplier<T> question) {
        ask(answer -> loop.post(() -> answer.accept(question.get())));
    }

    /** Asks all, and returns what has come by the time all have, or patience is at its end. */
    public List<T> await() {
        CountDownLatch missing = new CountDownLatch(questions.size());
        for (Consumer<Consumer<T>> question : questions) {
            question.accept(answer -> {
                answers.add(answer);
                missing.countDown();
            });
        }
        try {
            if (!missing.await(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                LOG.debug("{} of {} answers are missing", missing.getCount(), questions.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return List.copyOf(answers);
    }
}
