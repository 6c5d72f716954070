package io.sluice.kafka.transaction;

import io.sluice.core.transaction.Transaction;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.core.transaction.TransactionState;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.partition.Partitions;
import io.sluice.kafka.api.TransactionServices;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/** Tells of the transactions that this broker coordinates. */
public final class TransactionMetrics implements MetricSource {

    private final TransactionServices transactions;
    private final Partitions partitions;

    public TransactionMetrics(TransactionServices transactions, Partitions partitions) {
        this.transactions = transactions;
        this.partitions = partitions;
    }

    @Override
    public void collect(MetricSink sink) {
        Map<TransactionState, Integer> counts = new EnumMap<>(TransactionState.class);
        long oldestMs = Long.MAX_VALUE;
        for (TransactionReply.Listed listed :
                transactions.askAll(
                        new TransactionCommand.ListAll(Set.of(), Set.of(), -1L),
                        TransactionReply.Listed.class,
                        partitions)) {
            for (Transaction one : listed.transactions()) {
                counts.merge(one.state(), 1, Integer::sum);
                if (one.state() == TransactionState.ONGOING || one.state().isPrepared()) {
                    oldestMs = Math.min(oldestMs, one.startMs());
                }
            }
        }
        counts.forEach((state, count) ->
                sink.gauge(
                        "sluice_transactions",
                        "Transactional ids that this broker coordinates.",
                        count,
                        "state",
                        state.shown()));
        sink.gauge(
                "sluice_transaction_oldest_seconds",
                "How long the oldest transaction lasts that this broker coordinates and that is not"
                        + " over.",
                oldestMs == Long.MAX_VALUE
                        ? 0.0
                        : Math.max(0L, SystemClock.INSTANCE.wallMs() - oldestMs) / 1e3);
        transactions.host().metrics().collect(sink);
    }
}
