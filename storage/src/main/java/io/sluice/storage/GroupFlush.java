package io.sluice.storage;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Group commit of one log: while one flush runs, those who ask gather, and the next one serves them
 * all. One at a time, so that an answered flush stands on everything before it, names and epochs
 * too. Flushes of different logs run side by side, and the file system's journal merges what it
 * can. Owned by the log's loop.
 */
final class GroupFlush {

    private final LogDirectories store;
    private final PartitionLog log;
    private List<Completion<Long>> gathering = new ArrayList<>(2);
    private boolean running;

    GroupFlush(LogDirectories store, PartitionLog log) {
        this.store = store;
        this.log = log;
    }

    /** One segment's share of a flush. */
    record Dirty(Segment segment, Path path, int size) {}

    /**
     * @param names files were made since the last flush: their folder must be synced
     * @param epochText the new content of the epoch file, if it changed
     */
    record Work(
            long upTo,
            LogDirectory directory,
            Path folder,
            List<Dirty> dirty,
            boolean names,
            @Nullable String epochText) {}

    void request(Completion<Long> done) {
        gathering.add(done);
        if (!running) {
            start();
        }
    }

    private void start() {
        running = true;
        List<Completion<Long>> group = gathering;
        gathering = new ArrayList<>(2);
        Work work = log.flushWork();
        store.io()
                .call(
                        IoThreads.Lane.FLUSH,
                        () -> {
                            force(work);
                            return work.upTo;
                        },
                        log.loop(),
                        new Completion<Long>() {
                            @Override
                            public void succeeded(Long upTo) {
                                flushed(work, group);
                            }

                            @Override
                            public void failed(IOException fault) {
                                failedAll(group, fault);
                            }
                        });
    }

    private void force(Work work) throws IOException {
        work.directory.checkServing();
        // Oldest first, so that what is durable never has a hole.
        for (int i = work.dirty.size() - 1; i >= 0; i--) {
            Segment.force(store.files(), work.dirty.get(i).path);
        }
        if (work.epochText != null) {
            TextFile.replace(store.disk(), work.folder.resolve(LeaderEpochs.FILE), work.epochText);
        }
        if (work.names) {
            store.disk().syncDirectory(work.folder);
            store.disk().syncDirectory(work.directory.path());
        }
    }

    private void flushed(Work work, List<Completion<Long>> group) {
        work.dirty.forEach(one -> one.segment.durableSize(one.size));
        long durableEnd = log.durableUpTo(work.upTo);
        running = false;
        if (!gathering.isEmpty()) {
            start();
        }
        group.forEach(done -> done.succeeded(durableEnd));
    }

    /** What the device kept is unknown: the directory fails, and with it all who wait. */
    private void failedAll(List<Completion<Long>> group, IOException fault) {
        log.failed(fault);
        running = false;
        List<Completion<Long>> all = new ArrayList<>(group);
        all.addAll(gathering);
        gathering.clear();
        all.forEach(done -> done.failed(fault));
    }
}
