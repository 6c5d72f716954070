package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.world.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Orders to deliver records again: which records they may bring back (I-24), and which have to come
 * since somebody was told so.
 *
 * <p>A leader brings records back at once, and answers when that is stored. An order that got no
 * answer may have done all of it or nothing; what it did is gone when another leader reads what is
 * stored, or is not.
 */
public final class ReplayBook {

    /**
     * An order.
     *
     * @param from the first offset
     * @param to behind the last
     * @param key of the records that are meant; null for all
     */
    public record Order(
            TopicPartition partition, String id, long from, long to, @Nullable String key) {

        /** As a reader names it. */
        public String name(String group) {
            return "sluice:replay;group=%s;id=%s;from=%d;to=%d%s"
                    .formatted(group, id, from, to, key == null ? "" : ";key=" + key);
        }

        private boolean means(long offset, @Nullable Task task) {
            return from <= offset
                    && offset < to
                    && (key == null || task == null || key.equals(task.key()));
        }
    }

    /** An order as one leader was asked to follow it, once. */
    public final class Ask {
        private final Order order;
        private final long from;
        private final IntSupplier known;
        private final long number;
        private int term;
        private long end = Long.MAX_VALUE;

        private Ask(Order order, long from, IntSupplier known, long number) {
            this.order = order;
            this.from = from;
            this.known = known;
            this.number = number;
            this.term = known.getAsInt();
        }

        /** Of whom it was asked: the queue may begin anew meanwhile. */
        private int term() {
            if (end == Long.MAX_VALUE) {
                term = Math.max(term, known.getAsInt());
            }
            return term;
        }

        /** It does nothing any more. */
        public void answered() {
            term = term();
            end = book.tick();
        }

        /**
         * Who ordered it hears what it did.
         *
         * @param records that it brought back
         * @param next behind what it looked at
         */
        public void heard(List<Long> records, long next) {
            for (long offset : records) {
                KnownRecord of = book.at(order.partition, offset);
                of.tell("%s is told that it comes again", order.id);
                if (!order.means(offset, book.task(of))) {
                    throw broken(of, "%s does not mean it, and brings it back", order);
                }
                owes(of, number);
            }
            long first = firstAsked.getOrDefault(order.id, Long.MAX_VALUE);
            for (long offset = from; offset < Math.min(next, order.to); offset++) {
                KnownRecord of = book.at(order.partition, offset);
                Task task = book.task(of);
                boolean wasDone =
                        of.accepted && of.acceptedNumber < first && of.acceptedTerm <= term;
                if (wasDone && task != null && order.means(offset, task)) {
                    owes(of, first);
                }
            }
        }

        private void owes(KnownRecord of, long since) {
            if (of.cameNumber < since) {
                of.owed = order.id;
                owed++;
            }
        }
    }

    private final QueueBook book;
    private final Map<TopicPartition, List<Ask>> asks = new HashMap<>();

    /** When an order was given to a leader for the first time. */
    private final Map<String, Long> firstAsked = new HashMap<>();

    private long owed;

    ReplayBook(QueueBook book) {
        this.book = book;
    }

    private static Violation broken(KnownRecord of, String what, Object... values) {
        return new Violation(
                "replay", "%s: %s. %s".formatted(of.name(), what.formatted(values), of));
    }

    Ask asks(Order order, long from, IntSupplier term, long number) {
        Ask ask = new Ask(order, from, term, number);
        asks.computeIfAbsent(order.partition, one -> new ArrayList<>()).add(ask);
        firstAsked.putIfAbsent(order.id, number);
        return ask;
    }

    /** Whether a leader of that term may have it for one that was not done, for an order. */
    boolean mayHaveBroughtBack(KnownRecord of, int term) {
        long since = Math.max(of.givenNumber, of.accepted ? of.acceptSaidNumber : 0L);
        int least = Math.max(of.term, of.accepted ? of.acceptSaidTerm : -1);
        return asks.getOrDefault(of.partition(), List.of()).stream()
                .anyMatch(ask ->
                        ask.end > since
                                && ask.from <= of.offset()
                                && least <= ask.term()
                                && ask.term() <= term
                                && ask.order.means(of.offset(), book.task(of)));
    }

    /** It is delivered again, or has another end. */
    void came(KnownRecord of, long number) {
        of.cameNumber = number;
        of.owed = null;
    }

    /** At the end. */
    void judge(KnownRecord of) {
        if (of.owed != null) {
            throw broken(of, "%s was told that it comes again, and it does not", of.owed);
        }
    }

    /** Records that had to come again. */
    public long owed() {
        return owed;
    }
}
