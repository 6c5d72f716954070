package io.sluice.storage;

import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The identity of a log directory and whose it is: {@code meta.properties}, as Kafka writes it
 * (KIP-858), so that its tools read it.
 *
 * @param cluster empty while it belongs to none
 * @param node empty likewise
 * @param directory empty if it was never used
 */
record MetaProperties(Optional<Uuid> cluster, OptionalInt node, Optional<Uuid> directory) {

    private static final String FILE = "meta.properties";
    private static final String CLUSTER = "cluster.id";
    private static final String NODE = "node.id";
    private static final String DIRECTORY = "directory.id";

    static Path file(Path directory) {
        return directory.resolve(FILE);
    }

    /** Whether the directory was used before. */
    static boolean isThere(Disk disk, Path directory) throws IOException {
        return disk.exists(file(directory));
    }

    static MetaProperties read(Disk disk, Path directory) throws IOException {
        Path file = file(directory);
        Map<String, String> values = values(disk, file);
        return new MetaProperties(
                uuid(file, values, CLUSTER), number(file, values), uuid(file, values, DIRECTORY));
    }

    private static Map<String, String> values(Disk disk, Path file) throws IOException {
        Map<String, String> values = new LinkedHashMap<>();
        for (String line : TextFile.lines(disk, file)) {
            int at = line.indexOf('=');
            if (at > 0 && !line.startsWith("#")) {
                values.put(line.substring(0, at).strip(), line.substring(at + 1).strip());
            }
        }
        return values;
    }

    private static Optional<Uuid> uuid(Path file, Map<String, String> values, String key)
            throws IOException {
        String text = values.get(key);
        try {
            return Optional.ofNullable(text).map(Uuid::parse);
        } catch (IllegalArgumentException e) {
            throw new IOException("%s has no valid %s: %s".formatted(file, key, text), e);
        }
    }

    private static OptionalInt number(Path file, Map<String, String> values) throws IOException {
        String text = values.get(NODE);
        try {
            return text == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw new IOException("%s has no valid %s: %s".formatted(file, NODE, text), e);
        }
    }

    MetaProperties ownedBy(int nodeId, Uuid clusterId) {
        return new MetaProperties(Optional.of(clusterId), OptionalInt.of(nodeId), directory);
    }

    MetaProperties named(Uuid identity) {
        return new MetaProperties(cluster, node, Optional.of(identity));
    }

    void write(Disk disk, Path to) throws IOException {
        StringBuilder text = new StringBuilder("version=1\n");
        cluster.ifPresent(id -> line(text, CLUSTER, id));
        node.ifPresent(id -> line(text, NODE, id));
        directory.ifPresent(id -> line(text, DIRECTORY, id));
        TextFile.replace(disk, file(to), text.toString());
    }

    private static void line(StringBuilder text, String key, Object value) {
        text.append(key).append('=').append(value).append('\n');
    }
}
