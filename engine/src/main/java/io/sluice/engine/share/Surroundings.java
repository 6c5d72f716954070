package io.sluice.engine.share;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What all queues of a loop share.
 *
 * @param numbers of reads of what is remembered: each is larger than the last
 * @param counted where a machine begins to number changes: behind all that an earlier one of the
 *     same leader epoch can have come to
 */
record Surroundings(
        ShareStore store,
        Function<String, QueueRules> rules,
        DeadLetterBox dead,
        Ledger.Book ledger,
        QuestionBox questions,
        ByteBuffer window,
        RecordWalks walks,
        Ahead.Room room,
        LongSupplier numbers,
        LongSupplier counted,
        QueueCounts counts,
        Consumer<HostedQueue> ended) {}
