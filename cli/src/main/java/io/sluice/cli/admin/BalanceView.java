package io.sluice.cli.admin;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/**
 * How the balance of the cluster stands, as the controller tells it (docs/operating/balance.md).
 *
 * @param state off, paused, working or calm
 * @param requested whether somebody has asked for it and it is not done
 * @param steps of the plan that is carried out, or of the last one
 * @param next of the plan there would be, while none is carried out
 * @param left replicas on brokers that are to have none
 */
record BalanceView(
        String state,
        boolean requested,
        List<Broker> brokers,
        List<Move> steps,
        List<Move> next,
        Map<Integer, Integer> left) {

    static final String REQUESTED = "sluice.balance.requested";
    static final String PAUSED = "sluice.balance.paused";
    static final String DRAINED = "sluice.balance.drained";

    private static final String HEAD = "sluice-balance 1";
    private static final ConfigResource REPORT =
            new ConfigResource(ConfigResource.Type.UNKNOWN, "sluice.balance");
    private static final ConfigResource ALL_BROKERS =
            new ConfigResource(ConfigResource.Type.BROKER, "");

    /**
     * @param standing active, away or leaving
     * @param bytesIn a second, of all its replicas
     * @param bytesOut a second, to clients
     */
    record Broker(
            int id, String standing, int replicas, int leaders, long bytesIn, long bytesOut) {}

    /**
     * @param stage planned, moving, done or dropped; next while it is only a thought
     */
    record Move(
            String stage,
            String topic,
            int partition,
            List<Integer> from,
            List<Integer> to,
            String reason) {

        boolean isOver() {
            return stage.equals("done") || stage.equals("dropped");
        }

        /** Whether replicas change, and not only who leads. */
        boolean changesReplicas() {
            return !reason.equals("preferred");
        }

        /** Brokers that get a copy. */
        List<Integer> added() {
            return changesReplicas()
                    ? to.stream().filter(broker -> !from.contains(broker)).toList()
                    : List.of();
        }

        String name() {
            return topic + "-" + partition;
        }
    }

    /** Asks the controller. */
    static BalanceView read(Cluster cluster) {
        @Nullable Config config =
                Cluster.await(cluster.admin().describeConfigs(List.of(REPORT)).all()).get(REPORT);
        @Nullable ConfigEntry report = config == null ? null : config.get("report");
        if (report == null) {
            throw new Failure("the cluster does not tell of its balance: is it an older version?");
        }
        return parse(String.valueOf(report.value()));
    }

    /** Lines that this version does not know are passed over. */
    static BalanceView parse(String text) {
        List<String> lines = text.lines().toList();
        if (lines.isEmpty() || !lines.getFirst().equals(HEAD)) {
            throw new Failure("the cluster tells of its balance in words of another version");
        }
        String state = "";
        boolean requested = false;
        List<Broker> brokers = new ArrayList<>();
        List<Move> steps = new ArrayList<>();
        List<Move> next = new ArrayList<>();
        Map<Integer, Integer> left = new TreeMap<>();
        for (String line : lines) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "state" -> {
                    state = words[1];
                    requested = List.of(words).contains("requested");
                }
                case "broker" -> brokers.add(broker(words));
                case "step" -> steps.add(move(words[1], words, 2));
                case "next" -> next.add(move("next", words, 1));
                case "left" -> left.put(number(words[1]), number(words[2]));
                default -> {} // of a later version
            }
        }
        return new BalanceView(state, requested, brokers, steps, next, left);
    }

    private static Broker broker(String[] words) {
        return new Broker(
                number(words[1]),
                words[2],
                number(words[3]),
                number(words[4]),
                Long.parseLong(words[5]),
                Long.parseLong(words[6]));
    }

    private static Move move(String stage, String[] words, int at) {
        return new Move(
                stage,
                words[at],
                number(words[at + 1]),
                ids(words[at + 2]),
                ids(words[at + 3]),
                words[at + 4]);
    }

    private static List<Integer> ids(String word) {
        return List.of(word.split(",")).stream().map(Integer::valueOf).toList();
    }

    private static int number(String word) {
        return Integer.parseInt(word);
    }

    /** What is under way, or would be. */
    List<Move> plan() {
        return isWorking() ? steps : next;
    }

    boolean isWorking() {
        return steps.stream().anyMatch(step -> !step.isOver());
    }

    void checkNotPaused() {
        if (state.equals("paused")) {
            throw new Failure("the balance is paused: sluice cluster balance --resume");
        }
    }

    /** Changes one of the settings by which the balance is steered. */
    static void alter(Cluster cluster, AlterConfigOp.OpType how, String key, String value) {
        Cluster.await(
                cluster.admin()
                        .incrementalAlterConfigs(
                                Map.of(
                                        ALL_BROKERS,
                                        List.of(
                                                new AlterConfigOp(
                                                        new ConfigEntry(key, value), how))))
                        .all());
    }
}
