package io.sluice.core.share;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a {@link ShareWorld} knows of a record. */
final class KnownRecord {
    final Facts facts;

    /** Of the features that decide when it is delivered, those that did. */
    final Set<Feature> met = EnumSet.noneOf(Feature.class);

    @Nullable String holder;
    long lockEndMs;

    /** By which its holder is asked about it. */
    long question = Question.NONE;

    long fromMs;
    int deliveries;
    boolean deliveriesKnown = true;
    boolean acceptedForGood;
    boolean maybeSettled;
    boolean deadLettered;
    boolean gone;

    /** The order by which it is to be delivered again. */
    int replayedBy;

    private boolean replayStored;

    KnownRecord(Facts facts) {
        this.facts = facts;
    }

    boolean isOfKeyOf(KnownRecord other) {
        return facts.keyed() && other.facts.keyed() && facts.keyHash() == other.facts.keyHash();
    }

    /** It is to be delivered again; until that is stored nobody knows. */
    void replayed(int order) {
        replayedBy = order;
        replayStored = false;
        acceptedForGood = false;
        maybeSettled = true;
        deadLettered = false;
        deliveries = 0;
        deliveriesKnown = true;
        fromMs = 0;
    }

    /** If it was not delivered since, it is to come, whoever leads. */
    void replayStored(int order) {
        replayStored |= replayedBy == order;
        if (replayedBy == order && holder == null && deliveriesKnown && deliveries == 0) {
            maybeSettled = false;
        }
    }

    /** Its holder has it until then; nobody is asked. */
    void renewed(long untilMs) {
        lockEndMs = untilMs;
        question = Question.NONE;
    }

    void nobodys() {
        holder = null;
        question = Question.NONE;
    }

    void leaderDied() {
        nobodys();
        deliveriesKnown = false;
        fromMs = 0;
        if (replayedBy > 0 && !replayStored) {
            maybeSettled = true; // as it was before, if the order was lost
        }
    }
}
