package io.sluice.storage;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts cleaned segments in the place of those they were made of, one after the other. While names
 * change on an I/O thread the old files are held open, so readers on the loop go on in them; then
 * the log takes the new segment. Started and ended on the log's loop.
 */
final class CleaningSwap implements FileWork {

    private final LogDirectories store;
    private final CleaningPlan plan;
    private final List<CleaningRun.Replacement> left;
    private final Completion<Long> done;
    private final PartitionLog log;
    private @Nullable Runnable waitingCut;

    CleaningSwap(
            LogDirectories store,
            CleaningPlan plan,
            List<CleaningRun.Replacement> replacements,
            Completion<Long> done) {
        this.store = store;
        this.plan = plan;
        this.left = new ArrayList<>(replacements);
        this.done = done;
        this.log = plan.log();
    }

    void start() {
        if (left.isEmpty()) {
            done.succeeded(0L);
            return;
        }
        int from = log.isBusy() ? -1 : find(left.getFirst());
        if (from < 0) {
            // Retention, a move, a truncation or a deletion came between: the work is void.
            discard(new IOException(log.partition() + " changed while it was compacted"));
            return;
        }
        swap(left.removeFirst(), from);
    }

    private int find(CleaningRun.Replacement replacement) {
        if (!plan.folder().equals(log.path())) {
            return -1;
        }
        List<CleaningPlan.Part> parts = replacement.replaced();
        Segments segments = log.segmentList();
        int from = segments.floor(parts.getFirst().baseOffset());
        if (from + parts.size() >= segments.count()) {
            return -1;
        }
        for (int i = 0; i < parts.size(); i++) {
            if (segments.get(from + i) != parts.get(i).segment()) {
                return -1;
            }
        }
        return from;
    }

    private void discard(IOException why) {
        List<CleaningRun.Replacement> all = List.copyOf(left);
        store.io()
                .call(
                        IoThreads.Lane.MAINTENANCE,
                        () -> {
                            for (CleaningRun.Replacement one : all) {
                                one.cleaned().discard();
                            }
                            return 0L;
                        },
                        log.loop(),
                        Ignored.then(() -> done.failed(why)));
    }

    private void swap(CleaningRun.Replacement replacement, int from) {
        log.workedOn(this);
        List<OpenFiles.Held> held = new ArrayList<>();
        store.io()
                .call(
                        IoThreads.Lane.MAINTENANCE,
                        () -> {
                            rename(replacement, held);
                            return 0L;
                        },
                        log.loop(),
                        Completion.of(
                                value -> {
                                    take(replacement, from);
                                    held.forEach(OpenFiles.Held::release);
                                    ended();
                                    start();
                                },
                                fault -> {
                                    held.forEach(OpenFiles.Held::release);
                                    log.failed(fault);
                                    ended();
                                    done.failed(fault);
                                }));
    }

    /** Names change in a moment; what is left to swap is void by the cut. */
    @Override
    public void makeWay(Runnable cut) {
        waitingCut = cut;
    }

    private void ended() {
        log.workedOn(FileWork.NONE);
        Runnable cut = waitingCut;
        waitingCut = null;
        if (cut != null) {
            cut.run();
        }
    }

    /** On an I/O thread. */
    private void rename(CleaningRun.Replacement replacement, List<OpenFiles.Held> held)
            throws IOException {
        LogDirectory directory = log.directory();
        directory.checkServing();
        List<Long> bases = new ArrayList<>();
        for (CleaningPlan.Part part : replacement.replaced()) {
            Segment old = part.segment();
            bases.add(old.baseOffset());
            held.add(store.files().acquire(old.log()));
            held.add(store.files().acquire(old.offsets().file().name()));
            held.add(store.files().acquire(old.times().file().name()));
            if (!old.aborted().isEmpty()) {
                held.add(store.files().acquire(old.aborted().file().name()));
            }
            ScheduleIndex scheduled = old.scheduled();
            if (scheduled != null) {
                held.add(store.files().acquire(scheduled.file().name()));
            }
        }
        // Where records are missing on purpose recovery must not look for a hole.
        directory.durableEnds().force();
        // A snapshot that does not know a marker would keep its transaction open for ever.
        Snapshots.dropUpTo(store.disk(), plan.folder(), replacement.lastMarkerGone());
        SegmentSwap swap = new SegmentSwap(store.disk(), plan.folder());
        swap.begin(replacement.cleaned().baseOffset(), bases);
        swap.finish();
    }

    private void take(CleaningRun.Replacement replacement, int from) {
        if (log.isClosed()) {
            return;
        }
        int to = from + replacement.replaced().size();
        long next = log.segmentList().get(to).baseOffset();
        Segment cleaned =
                replacement.cleaned().toSegment(store.files(), log.home(), plan.nowMs(), next);
        replacement.replaced().forEach(part -> part.segment().retire());
        log.replace(from, to, cleaned);
    }
}
