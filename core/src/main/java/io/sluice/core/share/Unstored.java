package io.sluice.core.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.RunState.Available;
import io.sluice.core.share.RunState.Burying;
import io.sluice.core.share.RunState.Done;
import io.sluice.core.share.RunState.Held;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What of a queue is not remembered for good yet, and who waits for it: answers to members, and
 * dead letters, which are written once the sentence is remembered (I-24, I-25).
 */
final class Unstored<T> {

    /** Answers that may wait. */
    static final int MAX_WAITING = SharePartition.MAX_WAITING_REPLIES;

    private final Ranges dirty = new Ranges();
    private final ArrayDeque<Waiting<T>> waiting = new ArrayDeque<>(1);
    private final ArrayDeque<Sentence> sentences = new ArrayDeque<>(1);
    private long change;
    private long takenChange;
    private long storedChange;

    private record Waiting<T>(T ticket, long number) {}

    private record Sentence(DeadLetter letter, long number) {}

    /**
     * @param counted changes are numbered from there on
     */
    Unstored(long counted) {
        this.change = counted;
        this.takenChange = counted;
        this.storedChange = counted;
    }

    /** Records are in another state. */
    void changed(long first, long last) {
        dirty.add(first, last);
        change++;
    }

    /** Something that is no record's is another. */
    void changed() {
        change++;
    }

    /** Whether nobody more can wait. */
    boolean isCrowded() {
        return waiting.size() >= MAX_WAITING;
    }

    /** What is said a second time may still be on its way to the store. */
    void replyOnceStored(T ticket, SharePartition.Outbox<T> outbox) {
        if (change <= storedChange) {
            outbox.reply(ticket, ErrorCode.NONE);
        } else {
            waiting.add(new Waiting<>(ticket, change));
        }
    }

    void writeOnceStored(DeadLetter letter) {
        sentences.add(new Sentence(letter, change));
    }

    /** All up to a number is remembered for good. */
    void stored(long number, SharePartition.Outbox<T> outbox) {
        storedChange = number;
        while (!waiting.isEmpty() && waiting.getFirst().number <= number) {
            outbox.reply(waiting.removeFirst().ticket, ErrorCode.NONE);
        }
        while (!sentences.isEmpty() && sentences.getFirst().number <= number) {
            outbox.deadLetter(nextLetter(number));
        }
    }

    /** Neighbours that died alike, as many expire at once, are written by one letter. */
    private DeadLetter nextLetter(long number) {
        DeadLetter letter = sentences.removeFirst().letter;
        while (!sentences.isEmpty()
                && sentences.getFirst().number <= number
                && sentences.getFirst().letter.follows(letter)) {
            letter = letter.upTo(sentences.removeFirst().letter.last());
        }
        return letter;
    }

    /** It never will be, as far as is known here. */
    void giveUp(ErrorCode reason, SharePartition.Outbox<T> outbox) {
        while (!waiting.isEmpty()) {
            outbox.reply(waiting.removeFirst().ticket, reason);
        }
        sentences.clear();
    }

    /** Whether there is something that was not taken yet. */
    boolean isAny() {
        return change > takenChange;
    }

    /** Whether somebody waits for what was not taken yet. */
    boolean isUrgent() {
        return (!waiting.isEmpty() && waiting.getLast().number > takenChange)
                || (!sentences.isEmpty() && sentences.getLast().number > takenChange);
    }

    /** What is to be remembered since the last time. */
    Changes take(Window window, Remembered remembered) {
        List<StateBatch> batches = new ArrayList<>();
        dirty.drain((first, last) -> {
            for (Run run : window.within(first, last)) {
                long from = Math.max(first, run.first());
                StateBatch.add(batches, from, Math.min(last, run.last()), memory(run));
            }
            batches.addAll(remembered.within(Math.max(first, window.end()), last));
        });
        takenChange = change;
        return new Changes(change, window.start(), batches);
    }

    private static StateBatch.Fate memory(Run run) {
        return switch (run.state()) {
            case Available(int deliveries, long fromMs, Times times) ->
                    new StateBatch.Pending(deliveries, fromMs, times);
            case Held by -> new StateBatch.Pending(by.deliveries(), 0L, by.times());
            case Burying burying ->
                    new StateBatch.Dead(burying.reason(), burying.deliveries(), burying.times());
            case Done done -> StateBatch.Settled.SETTLED;
        };
    }
}
