package io.sluice.engine.share;

import io.sluice.core.share.LedgerFormat.Who;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who took records, by member: what becomes of them is told with the member's id alone, perhaps
 * much later. Bounded: beyond that many, who was heard of least lately is forgotten. Owned by one
 * loop.
 */
final class Takers {

    private final Map<String, Who> known;

    Takers(int most) {
        known =
                new LinkedHashMap<>(16, 0.75f, true) {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<String, Who> eldest) {
                        return size() > most;
                    }
                };
    }

    /** With client and address, if it ever told them. */
    Who inFull(Who told) {
        if (told.client().isEmpty()) {
            return known.getOrDefault(told.member(), told);
        }
        known.put(told.member(), told);
        return told;
    }
}
