package io.sluice.system.clients;

import io.sluice.system.harness.Tool;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A real data set: Debian's package index, one record per package, the name as key and the whole
 * stanza as value. Where the machine has no index, a made one of the same shape.
 */
final class DataSet {

    private static final int MADE_PACKAGES = 20_000;

    private DataSet() {}

    /** Name to stanza, in the order of the index; the bound keeps a test short. */
    static Map<String, byte[]> packages(int atMost) {
        Map<String, byte[]> records = new LinkedHashMap<>();
        for (String stanza : index().split("\n\n")) {
            if (records.size() == atMost) {
                break;
            }
            if (stanza.startsWith("Package: ")) {
                String name = stanza.substring(9, stanza.indexOf('\n'));
                records.putIfAbsent(name, stanza.getBytes(StandardCharsets.UTF_8));
            }
        }
        return records;
    }

    private static String index() {
        if (Tool.find("apt-cache").isPresent()) {
            String text = Tool.run(new byte[0], List.of("apt-cache", "dumpavail")).text();
            if (text.length() > 1_000_000) {
                return text;
            }
        }
        return made();
    }

    private static String made() {
        Random random = new Random(1);
        List<String> stanzas = new ArrayList<>();
        for (int i = 0; i < MADE_PACKAGES; i++) {
            StringBuilder stanza = new StringBuilder("Package: made-").append(i);
            stanza.append("\nVersion: ").append(random.nextInt(100)).append("\nDescription: ");
            for (int words = random.nextInt(200); words >= 0; words--) {
                stanza.append(Integer.toString(random.nextInt(1_000_000), 36)).append(' ');
            }
            stanzas.add(stanza.toString());
        }
        return String.join("\n\n", stanzas);
    }
}
