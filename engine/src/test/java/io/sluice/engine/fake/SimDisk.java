package io.sluice.engine.fake;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory that forgets. Bytes are durable after a force, names after their
 * directory was synced, both in whole operations. {@link #crash} keeps what is durable and a random
 * part of the rest: bytes sector by sector in any order, names each or not, so that a rename is
 * whole or not at all. A failed force drops what it could not write, as a page cache does.
 */
public final class SimDisk implements Disk {

    private static final int SECTOR = 64;

    /** Thrown where the power goes; nothing catches it. */
    public static final class PowerLoss extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** What happens at the call with a number. */
    public enum Fault {
        POWER,
        WRITE_FAILS,
        FORCE_FAILS
    }

    private sealed interface Node {}

    private static final class Directory implements Node {
        private final Map<String, Node> cached = new TreeMap<>();
        private final Map<String, Node> durable = new TreeMap<>();

        /** Paths of what was listed; making them is most of what a listing costs. */
        private final Map<Path, Map<String, Path>> listed = new HashMap<>();

        List<Path> list(Path at) {
            Map<String, Path> known = listed.computeIfAbsent(at, one -> new HashMap<>());
            List<Path> paths = new ArrayList<>(cached.size());
            for (String name : cached.keySet()) {
                paths.add(known.computeIfAbsent(name, at::resolve));
            }
            return paths;
        }
    }

    private static final long NOWHERE = -1L;

    private record Change(long at, byte @Nullable [] bytes) {}

    private static final class Content implements Node {
        private byte[] cached = new byte[0];
        private byte[] durable = new byte[0];
        private final List<Change> pending = new ArrayList<>();
        private boolean spoilt;

        /** The byte that has a wrong bit, as it is seen, until it is written anew. */
        private long wrongAt = NOWHERE;

        private long durableWrongAt = NOWHERE;

        void changed(long from, long to) {
            wrongAt = from <= wrongAt && wrongAt < to ? NOWHERE : wrongAt;
        }

        void durableChanged(long from, long to) {
            boolean there = from <= durableWrongAt && durableWrongAt < to;
            durableWrongAt = there ? NOWHERE : durableWrongAt;
        }
    }

    private record Edit(Directory directory, String name, @Nullable Node node) {}

    private final Directory root = new Directory();
    private final List<List<Edit>> names = new ArrayList<>();
    private final Random random;
    private long calls;
    private long faultAt = Long.MAX_VALUE;
    private Fault fault = Fault.POWER;
    private boolean broken;
    private long failures;
    private int openFiles;
    private int mostOpenFiles;
    private long forces;

    public SimDisk(Random random) {
        this.random = random;
    }

    public long calls() {
        return calls;
    }

    public long forces() {
        return forces;
    }

    public int mostOpenFiles() {
        return mostOpenFiles;
    }

    public void faultAt(long call, Fault what) {
        faultAt = call;
        fault = what;
    }

    /** Whether the fault was met. */
    public boolean wasHit() {
        return calls >= faultAt;
    }

    /** Writes and flushes that failed. */
    public long failures() {
        return failures;
    }

    /** Counts a call; the power may go before it does anything. */
    private void call() throws IOException {
        calls++;
        if (calls == faultAt && fault == Fault.POWER) {
            throw new PowerLoss();
        }
    }

    private boolean failsNow(Fault kind) {
        if (calls >= faultAt && fault == kind) {
            broken = true;
        }
        boolean fails = broken && fault == kind;
        failures += fails ? 1 : 0;
        return fails;
    }

    /** Power goes and comes back; the disk is whole again. */
    public void crash() {
        int style = random.nextInt(4);
        for (List<Edit> operation : names) {
            boolean kept =
                    switch (style) {
                        case 0 -> false;
                        case 1 -> true;
                        default -> random.nextBoolean();
                    };
            if (kept) {
                apply(operation);
            }
        }
        names.clear();
        forget(root);
        repair();
    }

    /** The fault is over; what is cached stays, as when a process is started anew. */
    public void repair() {
        faultAt = Long.MAX_VALUE;
        broken = false;
        openFiles = 0;
    }

    private static void apply(List<Edit> operation) {
        for (Edit edit : operation) {
            if (edit.node == null) {
                edit.directory.durable.remove(edit.name);
            } else {
                edit.directory.durable.put(edit.name, edit.node);
            }
        }
    }

    private void forget(Directory directory) {
        directory.cached.clear();
        directory.cached.putAll(directory.durable);
        for (Node node : directory.cached.values()) {
            switch (node) {
                case Directory inner -> forget(inner);
                case Content content -> tear(content);
            }
        }
    }

    private void tear(Content content) {
        int style = random.nextInt(4);
        for (Change change : content.pending) {
            if (style == 0 || style > 1 && random.nextInt(4) == 0) {
                continue;
            }
            byte[] bytes = change.bytes;
            if (bytes == null) {
                content.durable = Arrays.copyOf(content.durable, (int) change.at);
                content.durableChanged(change.at, Long.MAX_VALUE);
                continue;
            }
            for (int from = 0; from < bytes.length; ) {
                long at = change.at + from;
                int length = (int) Math.min(bytes.length - from, SECTOR - at % SECTOR);
                if (style == 1 || random.nextInt(3) > 0) {
                    if (at + length > content.durable.length) {
                        content.durable = Arrays.copyOf(content.durable, (int) at + length);
                    }
                    System.arraycopy(bytes, from, content.durable, (int) at, length);
                    content.durableChanged(at, at + length);
                }
                from += length;
            }
        }
        content.pending.clear();
        content.cached = content.durable.clone();
        content.wrongAt = content.durableWrongAt;
    }

    /** What is there is gone, as if it had never been. */
    public void remove(Path path) throws IOException {
        Directory parent = parent(path);
        parent.cached.remove(last(path));
        parent.durable.remove(last(path));
    }

    /**
     * Turns one bit of a file, on the device and in memory; no part of the file counts as cached
     * from then on.
     */
    public void flip(Path file, long bit) throws IOException {
        turn(content(file), bit, bit / 8);
    }

    /** Turns it back, unless it was cut away or written anew meanwhile. */
    public void flipBack(Path file, long bit) throws IOException {
        Content content = content(file);
        if (bit / 8 == content.wrongAt) {
            turn(content, bit, NOWHERE);
        }
    }

    private static void turn(Content content, long bit, long wrongAt) {
        content.cached[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
        content.durable = content.cached.clone();
        content.pending.clear();
        content.spoilt = wrongAt != NOWHERE;
        content.wrongAt = wrongAt;
        content.durableWrongAt = wrongAt;
    }

    /** Whether a bit of that file was turned, and still is. */
    public boolean isFlipped(Path file) throws IOException {
        return content(file).wrongAt != NOWHERE;
    }

    private @Nullable Node find(Path path) {
        Node node = root;
        for (Path name : path) {
            node = node instanceof Directory inside ? inside.cached.get(name.toString()) : null;
            if (node == null) {
                return null;
            }
        }
        return node;
    }

    private Directory directory(Path path) throws IOException {
        if (find(path) instanceof Directory found) {
            return found;
        }
        throw new IOException("no directory " + path);
    }

    private Content content(Path path) throws IOException {
        if (find(path) instanceof Content found) {
            return found;
        }
        throw new IOException("no file " + path);
    }

    private Directory parent(Path path) throws IOException {
        Path parent = path.getParent();
        return parent == null ? root : directory(parent);
    }

    /** Every file and its length, for a failure's message. */
    public String tree() {
        StringBuilder text = new StringBuilder();
        tree(root, "", text);
        return text.toString();
    }

    private static void tree(Directory directory, String at, StringBuilder text) {
        directory.cached.forEach((name, node) -> {
            switch (node) {
                case Directory inner -> tree(inner, at + name + "/", text);
                case Content content -> text.append(at + name + " " + content.cached.length + "\n");
            }
        });
    }

    private static String last(Path path) {
        return String.valueOf(path.getFileName());
    }

    private void change(Edit... edits) {
        for (Edit edit : edits) {
            if (edit.node == null) {
                edit.directory.cached.remove(edit.name);
            } else {
                edit.directory.cached.put(edit.name, edit.node);
            }
        }
        names.add(List.of(edits));
    }

    @Override
    public DiskFile open(Path path, Mode mode) throws IOException {
        call();
        Content content;
        if (find(path) instanceof Content found) {
            content = found;
        } else if (mode == Mode.READ) {
            throw new IOException("no file " + path);
        } else {
            if (failsNow(Fault.WRITE_FAILS)) {
                throw new IOException("injected: no space for " + path);
            }
            content = new Content();
            change(new Edit(parent(path), last(path), content));
        }
        if (mode == Mode.TRUNCATE && content.cached.length > 0) {
            content.cached = new byte[0];
            content.pending.add(new Change(0, null));
            content.changed(0L, Long.MAX_VALUE);
        }
        openFiles++;
        mostOpenFiles = Math.max(mostOpenFiles, openFiles);
        return new File(content);
    }

    private final class File implements DiskFile {
        private final Content content;

        File(Content content) {
            this.content = content;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            call();
            boolean fails = failsNow(Fault.WRITE_FAILS);
            int count = source.remaining();
            byte[] bytes = new byte[fails ? wholeSectors(position, count / 2) : count];
            source.get(bytes);
            int end = (int) position + bytes.length;
            if (end > content.cached.length) {
                content.cached = Arrays.copyOf(content.cached, end);
            }
            System.arraycopy(bytes, 0, content.cached, (int) position, bytes.length);
            content.pending.add(new Change(position, bytes));
            content.changed(position, end);
            if (fails) {
                throw new IOException("injected: no space left");
            }
        }

        /** A write that fails ends between sectors: the kernel takes bytes page by page. */
        private static int wholeSectors(long position, int count) {
            return (int) Math.max(0L, count - (position + count) % SECTOR);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            call();
            int count = (int) Math.min(target.remaining(), content.cached.length - position);
            if (count > 0) {
                target.put(content.cached, (int) position, count);
            }
            return Math.max(0, count);
        }

        @Override
        public long size() throws IOException {
            call();
            return content.cached.length;
        }

        @Override
        public void truncate(long size) throws IOException {
            call();
            if (size < content.cached.length) {
                content.cached = Arrays.copyOf(content.cached, (int) size);
                content.pending.add(new Change(size, null));
                content.changed(size, Long.MAX_VALUE);
            }
        }

        @Override
        public void force() throws IOException {
            call();
            forces++;
            if (failsNow(Fault.FORCE_FAILS)) {
                content.pending.clear(); // dropped, and clean from now on
                throw new IOException("injected: flush failed");
            }
            for (Change change : content.pending) {
                byte[] bytes = change.bytes;
                if (bytes == null) {
                    content.durable = Arrays.copyOf(content.durable, (int) change.at);
                    continue;
                }
                int end = (int) change.at + bytes.length;
                if (end > content.durable.length) {
                    content.durable = Arrays.copyOf(content.durable, end);
                }
                System.arraycopy(bytes, 0, content.durable, (int) change.at, bytes.length);
            }
            content.pending.clear();
            content.durableWrongAt = content.wrongAt;
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target)
                throws IOException {
            return target.write(ByteBuffer.wrap(content.cached, (int) position, (int) count));
        }

        @Override
        public boolean isCached(long position, long count) {
            return !content.spoilt;
        }

        @Override
        public void close() {
            openFiles--;
        }
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        call();
        return find(directory) instanceof Directory found ? found.list(directory) : List.of();
    }

    @Override
    public boolean exists(Path path) throws IOException {
        call();
        return find(path) != null;
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
        call();
        return find(path) instanceof Directory;
    }

    @Override
    public long size(Path file) throws IOException {
        call();
        return content(file).cached.length;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        call();
        Directory at = root;
        for (Path name : directory) {
            Node next = at.cached.get(name.toString());
            if (next == null) {
                next = new Directory();
                change(new Edit(at, name.toString(), next));
            }
            at = (Directory) next;
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        call();
        Node node = find(from);
        if (node == null) {
            throw new IOException("no " + from);
        }
        change(new Edit(parent(from), last(from), null), new Edit(parent(to), last(to), node));
    }

    @Override
    public void delete(Path path) throws IOException {
        call();
        if (find(path) != null) {
            change(new Edit(parent(path), last(path), null));
        }
    }

    @Override
    public void syncDirectory(Path path) throws IOException {
        call();
        Directory directory = directory(path);
        forces++;
        if (failsNow(Fault.FORCE_FAILS)) {
            throw new IOException("injected: sync failed");
        }
        names.removeIf(operation -> {
            if (!touches(operation, directory)) {
                return false;
            }
            apply(operation);
            return true;
        });
    }

    private static boolean touches(List<Edit> operation, Directory directory) {
        for (Edit edit : operation) {
            if (edit.directory == directory) {
                return true;
            }
        }
        return false;
    }

    @Override
    public long usableBytes(Path path) {
        return 1L << 40;
    }

    @Override
    public long totalBytes(Path path) {
        return 1L << 40;
    }
}
