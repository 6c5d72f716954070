package io.sluice.metadata;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;

/**
 * The stored states of the metadata, a file each, beside the log. A file counts once the one with
 * its checksum stands beside it; until then the log still has all that it would cover.
 */
final class Snapshots extends SimpleStateMachineStorage {

    private volatile @Nullable Path folder;

    /** Not what lies there, as the class above has it: a file may be written and not yet count. */
    private volatile @Nullable SingleFileSnapshotInfo published;

    @Override
    public void init(RaftStorage storage) throws IOException {
        Path states = storage.getStorageDir().getStateMachineDir().toPath();
        folder = states;
        for (Path file : files(states)) {
            if (!Files.exists(file.resolveSibling(file.getFileName() + MD5FileUtil.MD5_SUFFIX))) {
                Files.delete(file); // a crash came before its checksum
            }
        }
        super.init(storage);
        reload();
    }

    private Path opened() {
        return Objects.requireNonNull(folder);
    }

    private static List<Path> files(Path states) throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(states)) {
            try (Stream<Path> all = Files.list(states)) {
                all.filter(path -> SNAPSHOT_REGEX.matcher(path.getFileName().toString()).matches())
                        .forEach(found::add);
            }
        }
        return found;
    }

    /** Writes a state so that it survives everything after this. It counts from then on. */
    void write(TermIndex covered, ByteBuffer state) throws IOException {
        File file = getSnapshotFile(covered.getTerm(), covered.getIndex());
        Path to = file.toPath();
        Path aside = to.resolveSibling(to.getFileName() + ".tmp");
        try (FileChannel channel =
                FileChannel.open(
                        aside,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer rest = state.duplicate();
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
        Files.move(aside, to, StandardCopyOption.ATOMIC_MOVE);
        MD5Hash checksum = checksum(state);
        MD5FileUtil.saveMD5File(file, checksum);
        force(opened());
    }

    /** Lets Ratis see it: from now on the log up to its index may go. */
    void publish(TermIndex covered) throws IOException {
        File file = getSnapshotFile(covered.getTerm(), covered.getIndex());
        published =
                new SingleFileSnapshotInfo(
                        new FileInfo(file.toPath(), MD5FileUtil.readStoredMd5ForFile(file)),
                        covered.getTerm(),
                        covered.getIndex());
    }

    @Override
    public @Nullable SingleFileSnapshotInfo getLatestSnapshot() {
        return published;
    }

    /** What came from another broker: Ratis does not force it. */
    void forceInstalled() throws IOException {
        Path states = opened();
        for (Path file : files(states)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        }
        force(states);
        force(states.resolve("..").normalize());
    }

    /** The newest after another broker's was installed. */
    @Nullable SingleFileSnapshotInfo reload() throws IOException {
        Path newest =
                files(opened()).stream()
                        .max(Comparator.comparingLong(path -> termIndex(path).getIndex()))
                        .orElse(null);
        if (newest != null) {
            publish(termIndex(newest));
        }
        return getLatestSnapshot();
    }

    private static TermIndex termIndex(Path file) {
        Matcher name = SNAPSHOT_REGEX.matcher(file.getFileName().toString());
        if (!name.matches()) {
            throw new IllegalArgumentException(file + " is no snapshot");
        }
        return TermIndex.valueOf(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)));
    }

    /** Reads a state and checks it. */
    static ByteBuffer read(SingleFileSnapshotInfo snapshot) throws IOException {
        Path file = snapshot.getFile().getPath();
        ByteBuffer state = ByteBuffer.wrap(Files.readAllBytes(file));
        if (!checksum(state).equals(MD5FileUtil.readStoredMd5ForFile(file.toFile()))) {
            throw new IOException(
                    "the metadata snapshot %s is damaged: delete the metadata folder of this broker"
                                    .formatted(file)
                            + " and start it again; it fetches the metadata from the others");
        }
        return state.asReadOnlyBuffer();
    }

    private static MD5Hash checksum(ByteBuffer state) {
        MessageDigest digest = MD5FileUtil.newMD5();
        digest.update(state.duplicate());
        return MD5Hash.newInstance(digest.digest());
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
