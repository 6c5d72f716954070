package io.sluice.cli.client;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** The partitions a user names, out of those there are. */
public final class Selection {

    private Selection() {}

    /** All when none is named. */
    public static List<TopicPartition> of(List<TopicPartition> all, List<Integer> wanted) {
        for (int partition : wanted) {
            if (all.stream().noneMatch(p -> p.partition() == partition)) {
                throw new Failure(
                        "'"
                                + all.getFirst().topic()
                                + "' has no partition "
                                + partition
                                + ": it has 0 to "
                                + (all.size() - 1)
                                + ".");
            }
        }
        return wanted.isEmpty()
                ? all
                : all.stream().filter(p -> wanted.contains(p.partition())).toList();
    }
}
