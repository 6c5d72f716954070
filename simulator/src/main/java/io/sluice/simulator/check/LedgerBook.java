package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.Deed;
import io.sluice.core.share.LedgerFormat.Entry;
import io.sluice.core.share.LedgerFormat.Subject;
import io.sluice.core.share.LedgerFormat.Who;
import io.sluice.simulator.check.QueueBook.Moment;
import io.sluice.simulator.world.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What the ledger of queues tells, beside what members were given and said.
 *
 * <p>It tells nothing that nobody asked for or said. Of what a broker did that lives on it leaves
 * nothing out; a broker that ends takes along what it had not written by then, and may have done
 * what no member ever heard of.
 */
public final class LedgerBook {

    /** Neighbours within that time are one entry. */
    private static final long TOGETHER_MS = 50;

    /** What a broker did, and when by its clock. */
    private record Deal(
            Deed deed, String member, int deliveries, long fromMs, long toMs, String process) {

        private boolean isIn(Entry entry) {
            return entry.deed() == deed
                    && entry.who().member().equals(member)
                    && (deliveries == ANY || entry.deliveries() == deliveries)
                    && fromMs - TOGETHER_MS <= entry.atMs()
                    && entry.atMs() <= toMs + TOGETHER_MS;
        }
    }

    private static final int ANY = -1;

    private final QueueBook book;

    /** What is to be told yet. */
    private final Map<KnownRecord, List<Deal>> untold = new HashMap<>();

    /** What is told: often before a member has its answer, and twice where an append was. */
    private final Map<KnownRecord, Set<Entry>> entries = new HashMap<>();

    /** Who asked for records of which partition. */
    private final Set<String> asked = new HashSet<>();

    /** Who said what of which record. */
    private final Set<String> said = new HashSet<>();

    private long told;

    LedgerBook(QueueBook book) {
        this.book = book;
    }

    /** Where a member is. */
    public static Who who(String member) {
        return new Who(member, "client of " + member, "host-of-" + member.replace('/', '.'));
    }

    void asks(String member, TopicPartition partition) {
        asked.add(member + " of " + partition);
    }

    void gave(KnownRecord of, String member, int deliveries, Moment from, Moment to) {
        expect(of, Deed.TAKEN, member, deliveries, from, to);
    }

    void says(KnownRecord of, String member, Type type) {
        said.add(member + " " + deed(type) + " " + of.name());
    }

    void counts(KnownRecord of, String member, Type type, Moment from, Moment to) {
        if (type != Type.GAP) {
            expect(of, deed(type), member, ANY, from, to);
        }
    }

    private void expect(
            KnownRecord of, Deed deed, String member, int deliveries, Moment from, Moment to) {
        if (from.clock() != to.clock() || !from.process().equals(to.process())) {
            return; // when that was by its clock is not known
        }
        Deal deal = new Deal(deed, member, deliveries, from.wallMs(), to.wallMs(), from.process());
        if (entries.getOrDefault(of, Set.of()).stream().noneMatch(deal::isIn)) {
            untold.computeIfAbsent(of, one -> new ArrayList<>()).add(deal);
        }
    }

    private static Deed deed(Type type) {
        return switch (type) {
            case ACCEPT -> Deed.ACCEPTED;
            case RELEASE -> Deed.RELEASED;
            case REJECT -> Deed.REJECTED;
            case RENEW -> Deed.RENEWED;
            case GAP -> Deed.DELETED;
        };
    }

    /** The ledger tells something. */
    public void read(Subject subject, Entry entry) {
        TopicPartition partition = new TopicPartition(subject.topic(), subject.partition());
        for (long offset = entry.first(); offset <= entry.last(); offset++) {
            KnownRecord of = book.at(partition, offset);
            if (entries.computeIfAbsent(of, one -> new HashSet<>()).add(entry)) {
                mayTell(of, entry);
                told++;
                untold.getOrDefault(of, new ArrayList<>()).removeIf(deal -> deal.isIn(entry));
            }
        }
    }

    private void mayTell(KnownRecord of, Entry entry) {
        String member = entry.who().member();
        boolean may =
                switch (entry.deed()) {
                    case TAKEN ->
                            asked.contains(member + " of " + of.partition())
                                    && entry.who().equals(who(member))
                                    && entry.deliveries() > 0;
                    case ACCEPTED, RELEASED, REJECTED, RENEWED ->
                            said.contains(member + " " + entry.deed() + " " + of.name());
                    case LOCK_ENDED, LEFT, RETURNED ->
                            asked.contains(member + " of " + of.partition());
                    case EXHAUSTED, EXPIRED, BURIED, REPLAYED -> true;
                    case DELETED, ASKED, ANSWERED -> false;
                };
        if (!may) {
            throw new Violation(
                    "ledger", "%s: nobody knows of %s. %s".formatted(of.name(), entry, of));
        }
    }

    /** What is left out that brokers did who live on. */
    public List<String> leftOut(Predicate<String> lives) {
        List<String> all = new ArrayList<>();
        untold.forEach((of, deals) ->
                deals.stream()
                        .filter(one -> lives.test(one.process()))
                        .forEach(one -> all.add(of.name() + " " + one)));
        all.sort(null);
        return all;
    }

    /** Records that the ledger told something of. */
    public long told() {
        return told;
    }
}
