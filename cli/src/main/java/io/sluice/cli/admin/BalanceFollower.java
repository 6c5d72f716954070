package io.sluice.cli.admin;

import io.sluice.cli.admin.BalanceView.Move;
import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.terminal.Progress;
import io.sluice.cli.terminal.Terminal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.RetriableException;

/** Watches moves until all is done, and tells of each that is over. */
final class BalanceFollower {

    private static final long LOOK_MS = 300;

    private final Cluster cluster;
    private final Progress progress;
    private final Consumer<Move> over;
    private final Set<Move> told = new HashSet<>();
    private final List<Move> all = new ArrayList<>();

    /**
     * @param before how it stood before: what was over then is no news
     * @param over told of each move once, when it is over
     */
    BalanceFollower(Cluster cluster, Terminal terminal, BalanceView before, Consumer<Move> over) {
        this.cluster = cluster;
        this.progress = new Progress(terminal);
        this.over = over;
        before.steps().stream().filter(Move::isOver).forEach(told::add);
    }

    /**
     * Until the predicate says so.
     *
     * @return the moves that were carried out meanwhile, or dropped
     */
    List<Move> until(Predicate<BalanceView> done) {
        CountDownLatch never = new CountDownLatch(1);
        while (true) {
            try {
                BalanceView now = BalanceView.read(cluster);
                look(now);
                if (done.test(now)) {
                    progress.clear();
                    return all;
                }
            } catch (RetriableException e) {
                // who decides changes: the next one tells
            }
            try {
                if (never.await(LOOK_MS, TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("nobody counts it down");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure("interrupted: the moves go on by themselves", e);
            }
        }
    }

    private void look(BalanceView now) {
        if (!now.isWorking() && now.steps().stream().allMatch(told::contains)) {
            return;
        }
        for (Move step : now.steps()) {
            if (step.isOver() && told.add(step)) {
                progress.clear();
                all.add(step);
                over.accept(step);
            }
        }
        long left = now.steps().stream().filter(step -> !step.isOver()).count();
        long moving = now.steps().stream().filter(step -> step.stage().equals("moving")).count();
        progress.update(() -> "%d moves left, %d under way".formatted(left, moving));
    }
}
