package io.sluice.simulator;

import io.sluice.core.share.Deed;
import io.sluice.core.share.LedgerFormat.Entry;
import io.sluice.engine.share.Ledger;
import java.util.Optional;
import java.util.function.Function;

/** A ledger that does not say what happened. */
final class SpoiltLedger {

    private SpoiltLedger() {}

    /** One that changes what is told, or keeps it secret. */
    static Ledger telling(Ledger honest, Function<Entry, Optional<Entry>> change) {
        return loop -> {
            Ledger.Book book = honest.of(loop);
            return (queue, source, entry) ->
                    change.apply(entry).ifPresent(one -> book.note(queue, source, one));
        };
    }

    static Entry asAccepted(Entry entry) {
        return entry.deed() == Deed.RELEASED
                ? new Entry(
                        Deed.ACCEPTED,
                        entry.first(),
                        entry.last(),
                        entry.atMs(),
                        entry.who(),
                        entry.deliveries())
                : entry;
    }
}
