package io.sluice.core.config;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Settings of Kafka that Sluice has not, with the reason. They are refused by name and not ignored:
 * whoever sets one counts on an effect. To take one away is no error: Kafka's tools do so.
 */
final class AbsentKeys {

    static final SortedMap<String, String> TOPIC = topic();
    static final SortedMap<String, String> BROKER = broker();
    static final SortedMap<String, String> GROUP = group();

    private AbsentKeys() {}

    private static SortedMap<String, String> topic() {
        SortedMap<String, String> keys = new TreeMap<>();
        String tiers = "there is no tiered storage, leave it out";
        keys.put("local.retention.bytes", tiers);
        keys.put("local.retention.ms", tiers);
        keys.put("remote.copy.lag.bytes", tiers);
        keys.put("remote.copy.lag.ms", tiers);
        keys.put("remote.log.copy.disable", tiers);
        keys.put("remote.log.delete.on.disable", tiers);
        keys.put("remote.storage.enable", tiers);
        String format = "batches are stored and served in format 2 alone, leave it out";
        keys.put("message.downconversion.enable", format);
        keys.put("message.format.version", format);
        keys.put("internal.segment.bytes", "set segment.bytes");
        keys.put(
                "max.decompressed.message.bytes",
                "what a batch may grow to is fixed, leave it out");
        return Collections.unmodifiableSortedMap(keys);
    }

    private static SortedMap<String, String> group() {
        SortedMap<String, String> keys = new TreeMap<>();
        String atOnce = "who joins a share group is given partitions at once, leave it out";
        keys.put("share.assignment.interval.ms", atOnce);
        keys.put("share.assignor.offload.enable", atOnce);
        String warmup = "tasks move without warming up first, set streams.num.standby.replicas";
        keys.put("streams.num.warmup.replicas", warmup);
        keys.put("streams.task.offset.interval.ms", warmup);
        keys.put("streams.acceptable.recovery.lag", warmup);
        keys.put("streams.assignor.name", "the assignor is sticky, leave it out");
        keys.put(
                "streams.rack.aware.assignment.tags",
                "standbys are spread over processes alone, leave it out");
        keys.put(
                "consumer.assignor.offload.enable",
                "assignments are made on the coordinator's loop, leave it out");
        return Collections.unmodifiableSortedMap(keys);
    }

    private static SortedMap<String, String> broker() {
        SortedMap<String, String> keys = new TreeMap<>();
        String loops = "event loops do that work, set num.network.threads";
        keys.put("num.io.threads", loops);
        keys.put("queued.max.requests", "set queued.max.request.bytes");
        keys.put("background.threads", "set num.recovery.threads.per.data.dir");
        keys.put(
                "process.roles",
                "every broker serves clients, and controller.quorum.voters says which of them"
                        + " keep the metadata log, leave it out");
        keys.put("zookeeper.connect", "set controller.quorum.voters");
        keys.put(
                "num.replica.fetchers", "each event loop fetches for its partitions, leave it out");
        keys.put("listener.security.protocol.map", "every listener is plain, leave it out");
        keys.put("log.flush.scheduler.interval.ms", "set log.flush.interval.ms");
        keys.put(
                "log.flush.start.offset.checkpoint.interval.ms",
                "set log.flush.offset.checkpoint.interval.ms");
        keys.put("log.cleaner.threads", "one thread cleans, leave it out");
        keys.put(
                "leader.imbalance.per.broker.percentage",
                "every leader that may be given back is, leave it out");
        return Collections.unmodifiableSortedMap(keys);
    }
}
