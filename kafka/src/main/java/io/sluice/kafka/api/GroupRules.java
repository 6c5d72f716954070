package io.sluice.kafka.api;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.config.IsoDuration;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareSettings;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.share.DeadLetterWriter;
import io.sluice.engine.share.QueueRules;
import io.sluice.engine.share.QueueRules.Start;
import io.sluice.engine.share.Sight;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What groups' settings say of their queues: the broker's values, or those set on the group. The
 * same object for a group as long as nothing changed. Any thread.
 */
public final class GroupRules implements Function<String, QueueRules> {

    /** Of a group's queues at once; the rest is as many runs as fit into a few megabytes. */
    private static final int MAX_PENDING = ShareSettings.DEFAULTS.maxPending();

    private static final String BACKOFF = "sluice.queue.retry.backoff";
    private static final String LEDGER = "sluice.queue.ledger.enable";
    private static final String ASK_TIMEOUT = "sluice.queue.ask.timeout.ms";
    private static final long ASK_TIMEOUT_MS = 10_000L;
    private static final String BY_DURATION = "by_duration:";

    private final Metadata metadata;
    private final QueueRules general;

    /** Of groups that have values of their own: as many as the image has. */
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    private record Known(SortedMap<String, String> values, QueueRules rules, boolean mayRenew) {}

    public GroupRules(BrokerConfig.Shares config, Metadata metadata) {
        this.metadata = metadata;
        this.general =
                new QueueRules(
                        new ShareSettings(
                                config.lockMs(),
                                config.deliveryLimit(),
                                config.maxLocks(),
                                MAX_PENDING,
                                false,
                                false,
                                BackOff.NONE),
                        false,
                        new Start.Latest(),
                        Sight.NONE,
                        config.ledger().enabled());
        metadata.subscribe(this::forget);
    }

    private void forget(ClusterImage before, ClusterImage after) {
        if (before.groupConfigs() != after.groupConfigs()) {
            known.keySet().removeIf(group -> !after.groupConfigs().containsKey(group));
        }
    }

    @Override
    public QueueRules apply(String group) {
        SortedMap<String, String> own = metadata.image().groupConfigs().get(group);
        return own == null ? general : of(group, own).rules;
    }

    /** Whether the group's members may keep records for longer (KIP-1222). */
    public boolean mayRenew(String group) {
        SortedMap<String, String> own = metadata.image().groupConfigs().get(group);
        return own == null || of(group, own).mayRenew;
    }

    private Known of(String group, SortedMap<String, String> own) {
        Known before = known.get(group);
        if (before != null && (before.values == own || before.values.equals(own))) {
            return before;
        }
        Known made = new Known(own, read(own), renews(own));
        known.put(group, made);
        return made;
    }

    private QueueRules read(SortedMap<String, String> own) {
        ShareSettings otherwise = general.share();
        return new QueueRules(
                new ShareSettings(
                        value(own, "share.record.lock.duration.ms", otherwise.lockMs()),
                        (int) value(own, "share.delivery.count.limit", otherwise.deliveryLimit()),
                        value(own, "share.partition.max.record.locks", otherwise.maxLocks()),
                        MAX_PENDING,
                        "key".equals(own.get("sluice.queue.order")),
                        !own.getOrDefault(DeadLetterWriter.TOPIC, "").isEmpty(),
                        backOff(own),
                        asksSomebody(own) ? value(own, ASK_TIMEOUT, ASK_TIMEOUT_MS) : 0L),
                "read_committed".equals(own.get("share.isolation.level")),
                start(own.getOrDefault("share.auto.offset.reset", "latest")),
                new Sight(
                        "key".equals(own.get("sluice.queue.order")),
                        "true".equals(own.get("sluice.queue.priority")),
                        value(own, "sluice.queue.ttl.ms", Sight.NO_END)),
                "true".equals(own.getOrDefault(LEDGER, Boolean.toString(general.ledger()))),
                new QueueRules.Asking(own.getOrDefault(QueueQuestions.TOPIC, ""), renews(own)));
    }

    private static boolean asksSomebody(SortedMap<String, String> own) {
        return !own.getOrDefault(QueueQuestions.TOPIC, "").isEmpty();
    }

    private static boolean renews(SortedMap<String, String> own) {
        return !"false".equals(own.get("share.renew.acknowledge.enable"));
    }

    private static BackOff backOff(SortedMap<String, String> own) {
        long initialMs = value(own, BACKOFF + ".initial.ms", 1_000L);
        return switch (own.getOrDefault(BACKOFF, "none")) {
            case "fixed" -> new BackOff(initialMs, 1.0, initialMs, 0.0);
            case "exponential" ->
                    new BackOff(
                            initialMs,
                            Double.parseDouble(own.getOrDefault(BACKOFF + ".factor", "2.0")),
                            value(own, BACKOFF + ".max.ms", 60_000L),
                            Double.parseDouble(own.getOrDefault(BACKOFF + ".jitter", "0.2")));
            default -> BackOff.NONE;
        };
    }

    private static long value(SortedMap<String, String> own, String key, long otherwise) {
        String value = own.get(key);
        return value == null ? otherwise : Long.parseLong(value);
    }

    private static Start start(String value) {
        if (value.startsWith(BY_DURATION)) {
            return new Start.Ago(
                    IsoDuration.parseMs(value.substring(BY_DURATION.length())).orElseThrow());
        }
        return value.equals("earliest") ? new Start.Earliest() : new Start.Latest();
    }
}
