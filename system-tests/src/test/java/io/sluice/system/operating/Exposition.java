package io.sluice.system.operating;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A page of metrics in Prometheus' text format 0.0.4, read strictly: what a lenient reader would
 * forgive is an error here.
 */
final class Exposition {

    private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
    private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") (\\S.*)");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE (" + NAME + ") (counter|gauge|histogram|summary)");
    private static final Pattern SAMPLE = Pattern.compile("(" + NAME + ")(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\n\"])*)\"(,|$)");

    private final Map<Sample, Double> samples = new LinkedHashMap<>();
    private final Map<String, String> types = new HashMap<>();
    private final Map<String, String> helps = new HashMap<>();
    private final Set<String> ended = new HashSet<>();
    private String family = "";

    private record Sample(String name, SortedMap<String, String> labels) {}

    private Exposition() {}

    static Exposition parse(String page) {
        if (!page.endsWith("\n")) {
            throw new AssertionError("the last line does not end");
        }
        Exposition read = new Exposition();
        page.lines().forEach(read::line);
        read.checkHistograms();
        return read;
    }

    private void line(String line) {
        Matcher help = HELP.matcher(line);
        Matcher type = TYPE.matcher(line);
        Matcher sample = SAMPLE.matcher(line);
        if (help.matches()) {
            begin(help.group(1), line);
            if (helps.put(help.group(1), help.group(2)) != null) {
                throw new AssertionError("a second HELP: " + line);
            }
        } else if (type.matches()) {
            begin(type.group(1), line);
            if (!helps.containsKey(type.group(1))
                    || types.put(type.group(1), type.group(2)) != null) {
                throw new AssertionError("TYPE without HELP, or a second one: " + line);
            }
        } else if (sample.matches()) {
            sample(sample, line);
        } else {
            throw new AssertionError("not a line of the format: " + line);
        }
    }

    /** The lines of one metric stand together. */
    private void begin(String name, String line) {
        if (!name.equals(family)) {
            ended.add(family);
            family = name;
            if (ended.contains(name)) {
                throw new AssertionError("a metric in two places: " + line);
            }
        }
    }

    private void sample(Matcher match, String line) {
        String name = match.group(1);
        String type = types.get(family);
        boolean fits =
                type != null
                        && switch (type) {
                            case "histogram" -> name.matches(family + "_(bucket|sum|count)");
                            case "summary" -> name.matches(family + "(_sum|_count)?");
                            case "counter" -> name.equals(family) && name.endsWith("_total");
                            default -> name.equals(family) && !name.endsWith("_total");
                        };
        if (!fits) {
            throw new AssertionError("a sample that is not of " + family + ": " + line);
        }
        SortedMap<String, String> labels = labels(match.group(2), line);
        double value = number(match.group(3));
        if (samples.put(new Sample(name, labels), value) != null) {
            throw new AssertionError("a sample twice: " + line);
        }
        if ("counter".equals(type) && !(value >= 0)) {
            throw new AssertionError("a counter below zero: " + line);
        }
    }

    private static SortedMap<String, String> labels(@Nullable String text, String line) {
        SortedMap<String, String> labels = new TreeMap<>();
        if (text == null) {
            return labels;
        }
        Matcher label = LABEL.matcher(text);
        int at = 0;
        while (at < text.length()) {
            if (!label.find(at) || label.start() != at) {
                throw new AssertionError("labels that cannot be read: " + line);
            }
            if (labels.put(label.group(1), label.group(2)) != null) {
                throw new AssertionError("a label twice: " + line);
            }
            at = label.end();
        }
        return labels;
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    /** Buckets grow, and the last one has all. */
    private void checkHistograms() {
        Map<Sample, SortedMap<Double, Double>> buckets = new HashMap<>();
        samples.forEach((sample, value) -> {
            if (sample.name.endsWith("_bucket")) {
                SortedMap<String, String> others = new TreeMap<>(sample.labels);
                double bound = number(String.valueOf(others.remove("le")));
                String base = sample.name.substring(0, sample.name.length() - "_bucket".length());
                buckets.computeIfAbsent(new Sample(base, others), one -> new TreeMap<>())
                        .put(bound, value);
            }
        });
        buckets.forEach((sample, counts) -> {
            List<Double> values = new ArrayList<>(counts.values());
            for (int i = 1; i < values.size(); i++) {
                if (values.get(i) < values.get(i - 1)) {
                    throw new AssertionError("buckets that shrink: " + sample);
                }
            }
            Double count = samples.get(new Sample(sample.name + "_count", sample.labels));
            if (counts.lastKey() != Double.POSITIVE_INFINITY
                    || !counts.lastEntry().getValue().equals(count)
                    || !samples.containsKey(new Sample(sample.name + "_sum", sample.labels))) {
                throw new AssertionError("a histogram that does not add up: " + sample);
            }
        });
    }

    /** The names of all metrics, histograms without their endings. */
    Set<String> names() {
        return types.keySet();
    }

    boolean has(String name, String... labels) {
        return samples.containsKey(new Sample(name, map(labels)));
    }

    /** One sample; 0 where it is not told. */
    double value(String name, String... labels) {
        return samples.getOrDefault(new Sample(name, map(labels)), 0.0);
    }

    private static SortedMap<String, String> map(String... labels) {
        SortedMap<String, String> map = new TreeMap<>();
        for (int i = 0; i < labels.length; i += 2) {
            map.put(labels[i], labels[i + 1]);
        }
        return map;
    }
}
