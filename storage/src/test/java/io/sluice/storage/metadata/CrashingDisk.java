package io.sluice.storage.metadata;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Files in memory that forget: a write is durable after a force, a name after its directory was
 * synced. {@link #crash} keeps what is durable and a random part of the rest, sector by sector.
 * From a chosen call on everything fails.
 */
final class CrashingDisk implements Disk {

    private static final int SECTOR = 64;

    /** Content: what the page cache has, what the device has, and sectors that differ. */
    private static final class Content {
        private byte[] cached = new byte[0];
        private byte[] durable = new byte[0];
    }

    private SortedMap<Path, Content> cached = new TreeMap<>();
    private SortedMap<Path, Content> durable = new TreeMap<>();
    private final SortedMap<Path, Boolean> directories = new TreeMap<>();
    private long failAfter = Long.MAX_VALUE;
    private long calls;

    /** Calls so far. */
    long calls() {
        return calls;
    }

    /** The call with that number and all that follow fail. */
    void failFrom(long call) {
        failAfter = call;
    }

    /** Whether a call is going to fail, or has failed. */
    boolean willFail() {
        return failAfter != Long.MAX_VALUE;
    }

    private void count() throws IOException {
        if (++calls >= failAfter) {
            throw new IOException("injected");
        }
    }

    /** Power goes and comes back. */
    void crash(Random random) {
        failAfter = Long.MAX_VALUE;
        SortedMap<Path, Content> names = new TreeMap<>(durable);
        for (Path path : union()) {
            Content now = cached.get(path);
            if (random.nextBoolean()) {
                if (now == null) {
                    names.remove(path);
                } else {
                    names.put(path, now);
                }
            }
        }
        cached = names;
        durable = new TreeMap<>(names);
        names.values().forEach(content -> tear(content, random));
    }

    private List<Path> union() {
        SortedMap<Path, Content> all = new TreeMap<>(cached);
        all.putAll(durable);
        return List.copyOf(all.keySet());
    }

    private static void tear(Content content, Random random) {
        byte[] kept = content.durable.clone();
        int style = random.nextInt(4); // none, all, or a part of what was not forced
        if (style == 0 || content.cached.length < kept.length && random.nextBoolean()) {
            content.cached = kept;
            return;
        }
        int length =
                style <= 2 || content.cached.length <= kept.length
                        ? content.cached.length
                        : kept.length + random.nextInt(content.cached.length - kept.length + 1);
        kept = Arrays.copyOf(kept, length);
        for (int at = 0; at < length; at += SECTOR) {
            if (style == 1 || random.nextBoolean()) {
                System.arraycopy(content.cached, at, kept, at, Math.min(SECTOR, length - at));
            }
        }
        content.cached = kept;
        content.durable = kept.clone();
    }

    /** Turns one bit of a file, as a device may. */
    void flip(Path path, int bit) {
        Content content = find(path);
        content.cached[bit / 8] ^= (byte) (1 << bit % 8);
        content.durable = content.cached.clone();
    }

    byte[] bytes(Path path) {
        return find(path).cached.clone();
    }

    void put(Path path, byte[] bytes) {
        find(path).cached = bytes.clone();
        find(path).durable = bytes.clone();
    }

    private Content find(Path path) {
        Content content = cached.get(path);
        if (content == null) {
            throw new IllegalArgumentException("no file " + path);
        }
        return content;
    }

    @Override
    public DiskFile open(Path path, Mode mode) throws IOException {
        count();
        if (mode == Mode.READ && !cached.containsKey(path)) {
            throw new IOException("no file " + path);
        }
        Content content = cached.computeIfAbsent(path, name -> new Content());
        if (mode == Mode.TRUNCATE) {
            content.cached = new byte[0];
        }
        return new File(content);
    }

    private final class File implements DiskFile {
        private final Content content;

        File(Content content) {
            this.content = content;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            int end = (int) position + bytes.length;
            boolean fails = calls + 1 >= failAfter;
            if (end > content.cached.length) {
                content.cached = Arrays.copyOf(content.cached, end);
            }
            System.arraycopy(
                    bytes,
                    0,
                    content.cached,
                    (int) position,
                    fails ? bytes.length / 2 : bytes.length);
            count();
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            count();
            int count = (int) Math.min(target.remaining(), content.cached.length - position);
            if (count > 0) {
                target.put(content.cached, (int) position, count);
            }
            return Math.max(0, count);
        }

        @Override
        public long size() throws IOException {
            count();
            return content.cached.length;
        }

        @Override
        public void truncate(long size) throws IOException {
            count();
            content.cached = Arrays.copyOf(content.cached, (int) size);
        }

        @Override
        public void force() throws IOException {
            count();
            content.durable = content.cached.clone();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException("not for metadata");
        }

        @Override
        public boolean isCached(long position, long count) {
            return true;
        }

        @Override
        public void close() {}
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        count();
        return cached.keySet().stream().filter(path -> directory.equals(path.getParent())).toList();
    }

    @Override
    public boolean exists(Path path) throws IOException {
        count();
        return cached.containsKey(path) || isDirectory(path);
    }

    @Override
    public boolean isDirectory(Path path) {
        return directories.containsKey(path) || path.getNameCount() == 0;
    }

    @Override
    public long size(Path file) {
        return find(file).cached.length;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        count();
        directories.put(directory, true);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        count();
        cached.put(to, find(from));
        cached.remove(from);
    }

    @Override
    public void delete(Path path) throws IOException {
        count();
        cached.remove(path);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        count();
        SortedMap<Path, Content> synced = new TreeMap<>(durable);
        synced.keySet().removeIf(path -> directory.equals(path.getParent()));
        for (Map.Entry<Path, Content> entry : cached.entrySet()) {
            if (directory.equals(entry.getKey().getParent())) {
                synced.put(entry.getKey(), entry.getValue());
            }
        }
        durable = synced;
    }

    @Override
    public long usableBytes(Path path) {
        return Long.MAX_VALUE;
    }

    @Override
    public long totalBytes(Path path) {
        return Long.MAX_VALUE;
    }

    /** Names of the files that are there, for a test to look at. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        cached.keySet().forEach(path -> names.add(String.valueOf(path.getFileName())));
        return names;
    }
}
