package io.sluice.benchmarks.sidebyside;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Medians over the pairs of every work, as a Markdown table. */
final class Report {

    /** The pairs of one figure. */
    private record Series(List<Double> sluice, List<Double> kafka) {
        double[] ratios() {
            double[] ratios = new double[sluice.size()];
            for (int i = 0; i < ratios.length; i++) {
                ratios[i] = sluice.get(i) / kafka.get(i);
            }
            Arrays.sort(ratios);
            return ratios;
        }
    }

    private final Map<Measured, Map<Metric, Series>> series = new LinkedHashMap<>();

    void add(Measured work, Map<Metric, Double> sluice, Map<Metric, Double> kafka) {
        Map<Metric, Series> byMetric =
                series.computeIfAbsent(work, w -> new EnumMap<>(Metric.class));
        sluice.forEach((metric, value) -> {
            Series of =
                    byMetric.computeIfAbsent(
                            metric, m -> new Series(new ArrayList<>(), new ArrayList<>()));
            of.sluice().add(value);
            of.kafka().add(kafka.getOrDefault(metric, Double.NaN));
        });
    }

    String markdown(String left, String right) {
        StringBuilder table = new StringBuilder();
        table.append("| work | figure | ").append(left).append(" | ").append(right);
        table.append(" | ratio (min .. max) | aim | met |\n");
        table.append("| --- | --- | ---: | ---: | --- | --- | --- |\n");
        series.forEach((work, byMetric) ->
                byMetric.forEach((metric, of) -> table.append(row(work, metric, of))));
        return table.toString();
    }

    private static String row(Measured work, Metric metric, Series of) {
        double[] ratios = of.ratios();
        double ratio = median(ratios);
        double own = median(sorted(of.sluice()));
        Optional<Work.Bar> bar = work.bar(metric);
        return "| "
                + work.name()
                + " | "
                + metric.title()
                + " | "
                + metric.text(own)
                + " | "
                + metric.text(median(sorted(of.kafka())))
                + " | "
                + String.format(
                        Locale.ROOT,
                        "%.2f (%.2f .. %.2f)",
                        ratio,
                        ratios[0],
                        ratios[ratios.length - 1])
                + " | "
                + bar.map(Work.Bar::text).orElse("")
                + " | "
                + bar.map(b -> b.isMet(b.ratio() ? ratio : own) ? "yes" : "**no**").orElse("")
                + " |\n";
    }

    private static double[] sorted(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
