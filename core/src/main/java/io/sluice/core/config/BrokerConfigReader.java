package io.sluice.core.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Checks the values a broker is started with and reads them as their types. */
final class BrokerConfigReader {

    private static final ConfigSchema SCHEMA = ConfigSchema.broker();
    private static final long MINUTE_MS = 60_000L;

    private final SortedMap<String, String> values = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();

    BrokerConfigReader(Map<String, String> given) {
        new TreeMap<>(given)
                .forEach((name, value) -> {
                    Optional<String> fault = SCHEMA.invalid(name, value);
                    fault.ifPresent(faults::add);
                    if (fault.isEmpty()) {
                        values.put(name, SCHEMA.canonical(name, value));
                    }
                });
    }

    BrokerConfig.Reading read() {
        agree("node.id", "broker.id");
        agree("log.dirs", "log.dir");
        SCHEMA.conflict(values).ifPresent(faults::add);
        checkSessionTimeouts();
        List<Listener> all = listeners("listeners");
        List<Listener> told = listeners("advertised.listeners");
        checkListeners(all, told);
        ClusterReader clusters =
                new ClusterReader(this::text, integer("node.id"), all, told, faults);
        List<Listener> listeners = clusters.forClients();
        List<Listener> advertised = clusters.toldClients();
        Optional<BrokerConfig.Cluster> cluster = clusters.cluster();
        BrokerConfig.Replication replication = clusters.replication();
        Optional<Listener> http = http(all);
        List<String> directories = ConfigKey.words(text("log.dirs"));
        if (directories.isEmpty()) {
            faults.add("log.dirs= is not valid: name one folder or more");
        }
        if (!faults.isEmpty()) {
            return new BrokerConfig.Reading.Invalid(List.copyOf(faults));
        }
        return new BrokerConfig.Reading.Valid(
                new BrokerConfig(
                        integer("node.id"),
                        optional("broker.rack"),
                        listeners,
                        advertised,
                        directories,
                        optional("metadata.log.dir"),
                        integer("num.network.threads"),
                        integer("num.recovery.threads.per.data.dir"),
                        number("sluice.shutdown.grace.ms"),
                        http,
                        network(),
                        topics(),
                        storage(),
                        groups(),
                        transactions(),
                        cluster,
                        replication,
                        Collections.unmodifiableSortedMap(values)));
    }

    private void checkSessionTimeouts() {
        String least = "group.min.session.timeout.ms";
        String most = "group.max.session.timeout.ms";
        if (number(least) > number(most)) {
            faults.add(
                    "%s=%s is more than %s=%s: lower the one or raise the other"
                            .formatted(least, text(least), most, text(most)));
        }
    }

    private BrokerConfig.Network network() {
        return new BrokerConfig.Network(
                integer("socket.request.max.bytes"),
                number("queued.max.request.bytes"),
                integer("max.connections"),
                integer("max.connections.per.ip"),
                number("connections.max.idle.ms"),
                number("sluice.connections.write.timeout.ms"),
                integer("socket.send.buffer.bytes"),
                integer("socket.receive.buffer.bytes"),
                integer("socket.listen.backlog.size"),
                integer("fetch.max.bytes"),
                integer("max.incremental.fetch.session.cache.slots"));
    }

    private BrokerConfig.Topics topics() {
        return new BrokerConfig.Topics(
                bool("auto.create.topics.enable"),
                bool("delete.topic.enable"),
                integer("num.partitions"),
                integer("default.replication.factor"),
                number("producer.id.expiration.ms"));
    }

    private BrokerConfig.Storage storage() {
        return new BrokerConfig.Storage(
                integer("sluice.max.open.files"),
                number("sluice.schedule.max.waiting"),
                number("log.retention.check.interval.ms"),
                number("log.flush.offset.checkpoint.interval.ms"),
                number("replica.high.watermark.checkpoint.interval.ms"),
                bool("log.cleaner.enable"),
                number("log.cleaner.backoff.ms"),
                integer("log.cleaner.dedupe.buffer.size"));
    }

    private BrokerConfig.Groups groups() {
        return new BrokerConfig.Groups(
                integer("offsets.topic.num.partitions"),
                integer("offsets.topic.replication.factor"),
                integer("offsets.topic.segment.bytes"),
                integer("offset.metadata.max.bytes"),
                MINUTE_MS * integer("offsets.retention.minutes"),
                number("offsets.retention.check.interval.ms"),
                integer("group.min.session.timeout.ms"),
                integer("group.max.session.timeout.ms"),
                integer("group.initial.rebalance.delay.ms"),
                integer("group.max.size"),
                consumers(),
                streams(),
                shares());
    }

    private BrokerConfig.Transactions transactions() {
        return new BrokerConfig.Transactions(
                integer("transaction.state.log.num.partitions"),
                integer("transaction.state.log.replication.factor"),
                integer("transaction.state.log.min.isr"),
                integer("transaction.state.log.segment.bytes"),
                integer("transaction.max.timeout.ms"),
                number("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
                number("transactional.id.expiration.ms"),
                number("transaction.remove.expired.transaction.cleanup.interval.ms"),
                number("add.partitions.to.txn.retry.backoff.max.ms"),
                bool("transaction.two.phase.commit.enable"));
    }

    private BrokerConfig.Consumers consumers() {
        String policy = optional("group.consumer.migration.policy").orElse("");
        int sessionMs = integer("group.consumer.session.timeout.ms");
        int heartbeatMs = integer("group.consumer.heartbeat.interval.ms");
        below(
                "group.consumer.heartbeat.interval.ms",
                heartbeatMs,
                "group.consumer.session.timeout.ms",
                sessionMs);
        return new BrokerConfig.Consumers(
                integer("group.consumer.max.size"),
                sessionMs,
                heartbeatMs,
                integer("group.consumer.assignment.interval.ms"),
                ConfigKey.words(optional("group.consumer.assignors").orElse("")),
                policy.equals("upgrade") || policy.equals("bidirectional"),
                policy.equals("downgrade") || policy.equals("bidirectional"));
    }

    private BrokerConfig.Streams streams() {
        int sessionMs = integer("group.streams.session.timeout.ms");
        int heartbeatMs = integer("group.streams.heartbeat.interval.ms");
        below(
                "group.streams.heartbeat.interval.ms",
                heartbeatMs,
                "group.streams.session.timeout.ms",
                sessionMs);
        return new BrokerConfig.Streams(
                integer("group.streams.max.size"),
                sessionMs,
                heartbeatMs,
                integer("group.streams.initial.rebalance.delay.ms"),
                integer("group.streams.num.standby.replicas"));
    }

    private BrokerConfig.Shares shares() {
        int sessionMs = integer("group.share.session.timeout.ms");
        int heartbeatMs = integer("group.share.heartbeat.interval.ms");
        below(
                "group.share.heartbeat.interval.ms",
                heartbeatMs,
                "group.share.session.timeout.ms",
                sessionMs);
        return new BrokerConfig.Shares(
                integer("group.share.max.size"),
                sessionMs,
                heartbeatMs,
                integer("group.share.max.share.sessions"),
                integer("group.share.record.lock.duration.ms"),
                integer("group.share.delivery.count.limit"),
                integer("group.share.partition.max.record.locks"),
                bool("errors.deadletterqueue.auto.create.topics.enable"),
                optional("errors.deadletterqueue.topic.name.prefix").orElse(""),
                new BrokerConfig.ShareState(
                        integer("share.coordinator.state.topic.num.partitions"),
                        integer("share.coordinator.state.topic.replication.factor"),
                        integer("share.coordinator.state.topic.min.isr"),
                        integer("share.coordinator.state.topic.segment.bytes")),
                new BrokerConfig.Ledger(
                        bool("sluice.queue.ledger.enable"),
                        number("sluice.queue.ledger.retention.ms"),
                        integer("sluice.queue.ledger.topic.num.partitions"),
                        integer("sluice.queue.ledger.topic.replication.factor")));
    }

    private void below(String name, int value, String limitName, int limit) {
        if (value >= limit) {
            faults.add(
                    "%s=%d is not below %s=%d: lower it".formatted(name, value, limitName, limit));
        }
    }

    /** Two names of one setting may both be given if they say the same. */
    private void agree(String name, String alias) {
        String first = values.get(name);
        String second = values.get(alias);
        if (first != null && second != null && !first.equals(second)) {
            faults.add(
                    "%s=%s and %s=%s contradict each other: leave %s out"
                            .formatted(name, first, alias, second, alias));
        }
    }

    private List<Listener> listeners(String key) {
        List<Listener> all = new ArrayList<>();
        for (String one : ConfigKey.words(optional(key).orElse(""))) {
            switch (Listener.read(one)) {
                case Listener.Reading.Read read -> all.add(read.listener());
                case Listener.Reading.Refused refused ->
                        faults.add("%s=%s is not valid: %s".formatted(key, one, refused.remedy()));
            }
        }
        return List.copyOf(all);
    }

    /** Where tools are answered; not among those that clients may be told of. */
    private Optional<Listener> http(List<Listener> others) {
        String key = "sluice.http.listener";
        Optional<Listener> http = listeners(key).stream().findFirst();
        if (ConfigKey.words(text(key)).size() > 1) {
            faults.add("%s=%s is not valid: name one address".formatted(key, text(key)));
        }
        http.filter(one -> !one.name().equals("HTTP"))
                .ifPresent(one ->
                        faults.add(
                                "%s=%s is not valid: write HTTP://HOST:PORT".formatted(key, one)));
        http.filter(one -> one.port() != 0)
                .ifPresent(one -> {
                    for (Listener other : others) {
                        if (other.port() == one.port() && other.host().equals(one.host())) {
                            faults.add(
                                    "%s=%s has the port of %s in listeners: change one"
                                            .formatted(key, one, other));
                        }
                    }
                });
        return http;
    }

    private void checkListeners(List<Listener> listeners, List<Listener> advertised) {
        if (ConfigKey.words(text("listeners")).isEmpty()) {
            faults.add("listeners= is not valid: name one address or more");
        }
        Set<String> names = new TreeSet<>();
        Set<String> addresses = new TreeSet<>();
        for (Listener one : listeners) {
            if (!names.add(one.name())) {
                faults.add("listeners has the name %s twice: change one".formatted(one.name()));
            }
            if (one.port() != 0 && !addresses.add(one.host() + ":" + one.port())) {
                faults.add("listeners has %s twice: change one port".formatted(one));
            }
        }
        Set<String> told = new TreeSet<>();
        for (Listener one : advertised) {
            if (!names.contains(one.name())) {
                faults.add(
                        "advertised.listeners=%s has no listener of that name: use %s"
                                .formatted(one, String.join(" or ", names)));
            }
            if (!told.add(one.name())) {
                faults.add(
                        "advertised.listeners has the name %s twice: change one"
                                .formatted(one.name()));
            }
            if (one.isWildcard() || one.port() == 0) {
                faults.add(
                        "advertised.listeners=%s is not valid: give a host and a port that clients"
                                        .formatted(one)
                                + " can connect to");
            }
        }
    }

    /** The value that was set under any of the setting's names, or its default. */
    private Optional<String> optional(String name) {
        ConfigKey key = SCHEMA.find(name).orElseThrow();
        for (ConfigKey.BrokerName source : key.brokerNames()) {
            String value = values.get(source.name());
            if (value != null) {
                return Optional.of(source.scaled(value)).filter(text -> !text.isEmpty());
            }
        }
        return key.defaultValue();
    }

    private String text(String name) {
        return optional(name).orElse("");
    }

    private long number(String name) {
        return Long.parseLong(text(name));
    }

    private int integer(String name) {
        return Integer.parseInt(text(name));
    }

    private boolean bool(String name) {
        return text(name).equals("true");
    }
}
