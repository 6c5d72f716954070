package io.sluice.system.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Judges the files of the replicas of partitions that nobody writes to any more: batches follow
 * each other without a hole (I-1), and every replica has the same bytes (I-10).
 */
final class ReplicaChecker {

    private static final int LENGTH = 8;
    private static final int BEFORE_LENGTH = 12;
    private static final int LAST_OFFSET_DELTA = 23;

    private final List<String> violations = new ArrayList<>();

    private ReplicaChecker() {}

    /**
     * All that is wrong, empty if nothing is.
     *
     * @param data the log directory of each broker; none of them runs
     */
    static List<String> violations(List<Path> data, String topic, int partitions) {
        ReplicaChecker checker = new ReplicaChecker();
        for (int partition = 0; partition < partitions; partition++) {
            String name = topic + "-" + partition;
            Map<Path, byte[]> replicas = new TreeMap<>();
            for (Path one : data) {
                byte[] log = checker.read(one.resolve(name));
                replicas.put(one, log);
                checker.dense(one.resolve(name), log);
            }
            checker.same(name, replicas);
        }
        return List.copyOf(checker.violations);
    }

    private byte[] read(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> segments =
                    files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
            int size = 0;
            List<byte[]> contents = new ArrayList<>();
            for (Path segment : segments) {
                byte[] content = Files.readAllBytes(segment);
                contents.add(content);
                size += content.length;
            }
            ByteBuffer all = ByteBuffer.allocate(size);
            contents.forEach(all::put);
            return all.array();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void dense(Path where, byte[] log) {
        ByteBuffer buffer = ByteBuffer.wrap(log);
        long next = 0;
        int at = 0;
        while (at < log.length) {
            if (at + LAST_OFFSET_DELTA + Integer.BYTES > log.length) {
                violations.add("torn: %s ends within a batch".formatted(where));
                return;
            }
            long base = buffer.getLong(at);
            if (base != next) {
                violations.add("hole: %s has %d where %d is due".formatted(where, base, next));
            }
            next = base + buffer.getInt(at + LAST_OFFSET_DELTA) + 1;
            int length = buffer.getInt(at + LENGTH);
            if (length <= 0) {
                violations.add("torn: %s has a batch of %d bytes".formatted(where, length));
                return;
            }
            at += BEFORE_LENGTH + length;
        }
    }

    private void same(String name, Map<Path, byte[]> replicas) {
        Path first = replicas.keySet().iterator().next();
        byte[] expected = replicas.getOrDefault(first, new byte[0]);
        replicas.forEach((where, log) -> {
            int differs = Arrays.mismatch(expected, log);
            if (differs >= 0) {
                violations.add(
                        "replicas differ: %s at byte %d of %s (%d bytes) and %s (%d bytes)"
                                .formatted(
                                        name, differs, first, expected.length, where, log.length));
            }
        });
    }
}
