package io.sluice.system.harness;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * A disk that fails below one path while a file says so: {@code KIND PATH}. It looks at each call,
 * so that a test in another process can turn a fault on and off.
 */
public final class FaultyDisk implements Disk {

    /** What fails. */
    public enum Fault {
        /** Half of a write arrives, then the device has no room. */
        FULL,
        /** A write fails. */
        WRITE,
        /** A flush fails, of a file or of a directory. */
        FORCE,
        /** A read fails. */
        READ,
        /** Everything fails, as when a device is gone. */
        ALL
    }

    private final Disk disk;
    private final Path faults;

    FaultyDisk(Disk disk, Path faults) {
        this.disk = disk;
        this.faults = faults;
    }

    private boolean fails(Fault fault, Path path) {
        try {
            String[] now = Files.readString(faults).split(" ", 2);
            boolean kind = now[0].equals(fault.name()) || now[0].equals(Fault.ALL.name());
            return kind && path.startsWith(Path.of(now[1]));
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void check(Fault fault, Path path) throws IOException {
        if (fails(fault, path)) {
            throw new IOException(
                    path + ": " + (fault == Fault.FULL ? "No space left on device" : "I/O error"));
        }
    }

    @Override
    public DiskFile open(Path file, Mode mode) throws IOException {
        check(Fault.ALL, file);
        if (mode != Mode.READ && !disk.exists(file)) {
            check(Fault.FULL, file);
            check(Fault.WRITE, file);
        }
        return new FaultyFile(file, disk.open(file, mode));
    }

    private final class FaultyFile implements DiskFile {
        private final Path path;
        private final DiskFile file;

        FaultyFile(Path path, DiskFile file) {
            this.path = path;
            this.file = file;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            check(Fault.WRITE, path);
            if (fails(Fault.FULL, path)) {
                ByteBuffer half = source.slice(source.position(), source.remaining() / 2);
                file.write(half, position);
                check(Fault.FULL, path);
            }
            file.write(source, position);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            check(Fault.READ, path);
            return file.read(target, position);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            check(Fault.WRITE, path);
            file.truncate(size);
        }

        @Override
        public void force() throws IOException {
            check(Fault.FORCE, path);
            file.force();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target)
                throws IOException {
            check(Fault.READ, path);
            return file.transferTo(position, count, target);
        }

        @Override
        public boolean isCached(long position, long count) {
            // A device is asked, and can fail, only for what is not in memory.
            return !fails(Fault.READ, path) && file.isCached(position, count);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        check(Fault.READ, directory);
        return disk.list(directory);
    }

    @Override
    public boolean exists(Path path) throws IOException {
        check(Fault.ALL, path);
        return disk.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
        check(Fault.ALL, path);
        return disk.isDirectory(path);
    }

    @Override
    public long size(Path file) throws IOException {
        check(Fault.ALL, file);
        return disk.size(file);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        check(Fault.FULL, directory);
        check(Fault.WRITE, directory);
        disk.createDirectories(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        check(Fault.WRITE, to);
        disk.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
        check(Fault.WRITE, path);
        disk.delete(path);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        check(Fault.FORCE, directory);
        disk.syncDirectory(directory);
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return fails(Fault.FULL, path) ? 0 : disk.usableBytes(path);
    }

    @Override
    public long totalBytes(Path path) throws IOException {
        return disk.totalBytes(path);
    }
}
