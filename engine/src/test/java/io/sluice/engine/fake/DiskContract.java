package io.sluice.engine.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every disk does, the machine's own and the simulated one alike. */
public abstract class DiskContract {

    private Disk disk;
    private Path folder;

    /** The disk. */
    protected abstract Disk disk();

    /** A directory there that need not exist. */
    protected abstract Path folder();

    @BeforeEach
    final void makeFolder() throws IOException {
        disk = disk();
        folder = folder().resolve("a").resolve("b");
        disk.createDirectories(folder);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private Path write(String name, String text) throws IOException {
        Path path = folder.resolve(name);
        try (DiskFile file = disk.open(path, Disk.Mode.WRITE)) {
            file.write(bytes(text), 0);
            file.force();
        }
        return path;
    }

    private String read(Path path) throws IOException {
        try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
            ByteBuffer content = ByteBuffer.allocate((int) file.size());
            assertThat(file.read(content, 0)).isEqualTo(content.capacity());
            return StandardCharsets.UTF_8.decode(content.flip()).toString();
        }
    }

    @Test
    void givesBackWhatWasWrittenWhereItWasWritten() throws IOException {
        Path path = write("file", "hello world");
        try (DiskFile file = disk.open(path, Disk.Mode.WRITE)) {
            ByteBuffer there = bytes("there");
            file.write(there, 6);
            assertThat(there.hasRemaining()).isFalse();
            ByteBuffer middle = ByteBuffer.allocate(5);
            assertThat(file.read(middle, 3)).isEqualTo(5);
            assertThat(middle.flip()).isEqualTo(bytes("lo th"));
            assertThat(file.read(ByteBuffer.allocate(100), 6)).isEqualTo(5);
            assertThat(file.read(ByteBuffer.allocate(100), 11)).isZero();
            assertThat(file.size()).isEqualTo(11);
        }
        assertThat(disk.size(path)).isEqualTo(11);
        assertThat(read(path)).isEqualTo("hello there");
    }

    @Test
    void aHoleReadsAsZeros() throws IOException {
        Path path = folder.resolve("hole");
        try (DiskFile file = disk.open(path, Disk.Mode.WRITE)) {
            file.write(bytes("x"), 3);
        }
        assertThat(read(path)).isEqualTo("\0\0\0x");
    }

    @Test
    void opensAsAsked() throws IOException {
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> disk.open(missing, Disk.Mode.READ))
                .isInstanceOf(IOException.class);
        assertThat(disk.exists(missing)).isFalse();
        Path path = write("file", "old");
        disk.open(path, Disk.Mode.TRUNCATE).close();
        assertThat(read(path)).isEmpty();
    }

    @Test
    void cuts() throws IOException {
        Path path = write("file", "hello world");
        try (DiskFile file = disk.open(path, Disk.Mode.WRITE)) {
            file.truncate(5);
            file.truncate(50); // nothing to cut
        }
        assertThat(read(path)).isEqualTo("hello");
    }

    @Test
    void sendsARegion() throws IOException {
        Path path = write("file", "hello world");
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
            assertThat(file.transferTo(6, 3, Channels.newChannel(sent))).isEqualTo(3);
        }
        assertThat(sent).hasToString("wor");
    }

    @Test
    void listsNamesInOrder() throws IOException {
        write("b", "");
        write("a", "");
        disk.createDirectories(folder.resolve("c"));
        assertThat(disk.list(folder))
                .containsExactly(folder.resolve("a"), folder.resolve("b"), folder.resolve("c"));
        assertThat(disk.list(folder.resolve("missing"))).isEmpty();
        assertThat(disk.isDirectory(folder.resolve("c"))).isTrue();
        assertThat(disk.isDirectory(folder.resolve("a"))).isFalse();
    }

    @Test
    void renamesOverWhatHasTheName() throws IOException {
        Path from = write("from", "new");
        Path to = write("to", "old");
        try (DiskFile open = disk.open(from, Disk.Mode.WRITE)) {
            disk.rename(from, to);
            open.write(bytes("er"), 3); // the open file goes with its name
        }
        disk.syncDirectory(folder);
        assertThat(disk.exists(from)).isFalse();
        assertThat(read(to)).isEqualTo("newer");
        assertThatThrownBy(() -> disk.rename(from, to)).isInstanceOf(IOException.class);
    }

    @Test
    void deletesFilesAndEmptyDirectories() throws IOException {
        Path path = write("file", "text");
        try (DiskFile open = disk.open(path, Disk.Mode.READ)) {
            disk.delete(path);
            assertThat(disk.exists(path)).isFalse();
            assertThat(open.size()).as("who has it open still reads").isEqualTo(4);
        }
        disk.delete(path);
        disk.delete(folder);
        assertThat(disk.exists(folder)).isFalse();
        assertThat(disk.usableBytes(folder().resolve("a"))).isPositive();
    }
}
