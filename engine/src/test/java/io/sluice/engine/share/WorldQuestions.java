package io.sluice.engine.share;

import static java.util.Objects.requireNonNull;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.LedgerFormat.Who;
import io.sluice.core.share.Question;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.partition.Partition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongFunction;

/** What the queues of a {@link QueueWorld} ask, and which of it may still be answered. */
final class WorldQuestions implements QuestionBox {
    private static final int KEPT = 20;

    private final Random random;
    private final boolean secretIsKnown;
    private final QueueBench bench;
    private final LongFunction<Acknowledgement> items;
    private final Told told;
    private final Map<ShareKey, LongFunction<KnownRecord>> records = new HashMap<>();
    private final Map<String, Long> askMs = new HashMap<>();
    private int leader;
    private final List<Asked> asked = new ArrayList<>();
    int questions;
    int settled;
    int refused;

    /** One question, and the how many-th leader asked it. */
    record Asked(QuestionName name, Question question, int leader) {}

    /** An answer counts. */
    interface Told {
        void told(KnownRecord known, String member, Acknowledgement item, long toldMs);
    }

    /**
     * @param items what somebody may say of a record
     */
    WorldQuestions(
            Random random,
            WorldPlan.Bug bug,
            QueueBench bench,
            LongFunction<Acknowledgement> items,
            Told told) {
        this.random = random;
        this.secretIsKnown = bug == WorldPlan.Bug.SECRET_IS_KNOWN;
        this.bench = bench;
        this.items = items;
        this.told = told;
    }

    void knows(ShareKey queue, LongFunction<KnownRecord> its) {
        records.put(queue, its);
    }

    /** How long a group waits for an answer. */
    void waits(String group, long ms) {
        askMs.put(group, ms);
    }

    void anotherLeader() {
        leader++;
    }

    private KnownRecord at(QuestionName name, long offset) {
        return requireNonNull(records.get(name.queue())).apply(offset);
    }

    @Override
    public long secret() {
        return secretIsKnown ? 7 : random.nextLong();
    }

    @Override
    public void ask(
            Partition partition, String topic, QuestionName name, Question question, Who who) {
        questions++;
        long nowMs = partition.loop().clock().wallMs();
        for (Acquired range : question.records()) {
            for (long offset = range.first(); offset <= range.last(); offset++) {
                KnownRecord known = at(name, offset);
                known.tell(nowMs, "asked %s by %d", question.member(), question.number());
                if (question.member().equals(known.holder)) {
                    known.lockEndMs =
                            Math.max(
                                    known.lockEndMs,
                                    nowMs + askMs.getOrDefault(name.queue().group(), 0L));
                }
            }
        }
        asked.add(new Asked(name, question, leader));
        if (asked.size() > KEPT) {
            asked.removeFirst();
        }
    }

    /** Somebody answers, perhaps to what is over, or what another leader asked. */
    void answer() {
        if (asked.isEmpty()) {
            return;
        }
        Asked one = asked.get(random.nextInt(asked.size()));
        boolean another = isOfAnother(one);
        Acknowledgement item = items.apply(someOffset(one));
        KnownRecord known = at(one.name, item.first());
        String member = one.question.member();
        long toldMs = bench.scheduler.clock().wallMs();
        if (!another) {
            known.said(toldMs, member, item);
        }
        bench.queues.answer(
                one.name,
                List.of(item),
                bench.door,
                error -> {
                    boolean counts = error == ErrorCode.NONE;
                    settled += counts ? 1 : 0;
                    refused += counts ? 0 : 1;
                    QueueWorld.check(!counts || !another, "%s of another leader counts", one);
                    if (counts) {
                        told.told(known, member, item, toldMs);
                    }
                });
    }

    /** Whether another leader asked it for sure: there may have been one in between. */
    private boolean isOfAnother(Asked one) {
        return one.leader + 1 < leader;
    }

    private long someOffset(Asked one) {
        List<Acquired> ranges = one.question.records();
        Acquired range = ranges.get(random.nextInt(ranges.size()));
        return range.first() + random.nextInt((int) (range.last() - range.first() + 1));
    }
}
