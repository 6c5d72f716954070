package io.sluice.core.config;

import io.sluice.core.config.ResolvedValue.Source;
import io.sluice.core.config.ResolvedValue.Synonym;
import io.sluice.core.model.CompressionType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is in force: the topic's own value, then the broker's dynamic ones, then its static ones,
 * then the default (KIP-226). Immutable; any thread.
 */
public final class ConfigResolver {

    private final int brokerId;
    private final Map<String, String> staticValues;

    /**
     * @param staticValues what the broker was started with, checked
     */
    public ConfigResolver(int brokerId, Map<String, String> staticValues) {
        this.brokerId = brokerId;
        this.staticValues = Map.copyOf(staticValues);
    }

    /** Every setting of a topic. */
    public List<ResolvedValue> describeTopic(
            Map<String, String> topicValues,
            SortedMap<String, SortedMap<String, String>> brokerValues) {
        List<ResolvedValue> all = new ArrayList<>();
        for (ConfigKey key : ConfigSchema.topic().keys().values()) {
            List<Synonym> synonyms = new ArrayList<>();
            add(synonyms, key.name(), topicValues, Source.DYNAMIC_TOPIC_CONFIG);
            key.brokerSynonym()
                    .ifPresent(name -> addBroker(synonyms, name, brokerId, brokerValues));
            key.defaultValue()
                    .ifPresent(value ->
                            synonyms.add(
                                    new Synonym(
                                            key.brokerSynonym().orElse(key.name()),
                                            value,
                                            Source.DEFAULT_CONFIG)));
            all.add(resolved(key, false, synonyms));
        }
        return all;
    }

    /**
     * Every setting of a broker.
     *
     * @param id this broker's, or empty for the values all brokers share
     */
    public List<ResolvedValue> describeBroker(
            Optional<Integer> id, SortedMap<String, SortedMap<String, String>> brokerValues) {
        List<ResolvedValue> all = new ArrayList<>();
        for (ConfigKey key : ConfigSchema.broker().keys().values()) {
            List<Synonym> synonyms = new ArrayList<>();
            if (id.isPresent()) {
                addBroker(synonyms, key.name(), id.get(), brokerValues);
                key.defaultValue()
                        .ifPresent(value ->
                                synonyms.add(
                                        new Synonym(key.name(), value, Source.DEFAULT_CONFIG)));
                all.add(resolved(key, !key.dynamic(), synonyms));
            } else {
                add(
                        synonyms,
                        key.name(),
                        brokerValues.getOrDefault("", new TreeMap<>()),
                        Source.DYNAMIC_DEFAULT_BROKER_CONFIG);
                if (!synonyms.isEmpty()) {
                    all.add(resolved(key, !key.dynamic(), synonyms));
                }
            }
        }
        return all;
    }

    private static ResolvedValue resolved(ConfigKey key, boolean readOnly, List<Synonym> synonyms) {
        if (synonyms.isEmpty()) {
            return new ResolvedValue(
                    key, Optional.empty(), Source.DEFAULT_CONFIG, readOnly, List.of());
        }
        Synonym first = synonyms.getFirst();
        return new ResolvedValue(
                key, Optional.of(first.value()), first.source(), readOnly, synonyms);
    }

    private static void add(
            List<Synonym> synonyms, String name, Map<String, String> values, Source source) {
        String value = values.get(name);
        if (value != null) {
            synonyms.add(new Synonym(name, value, source));
        }
    }

    private void addBroker(
            List<Synonym> synonyms,
            String name,
            int id,
            SortedMap<String, SortedMap<String, String>> brokerValues) {
        Map<String, String> none = Map.of();
        Map<String, String> own = brokerValues.get(Integer.toString(id));
        Map<String, String> shared = brokerValues.get("");
        add(synonyms, name, own == null ? none : own, Source.DYNAMIC_BROKER_CONFIG);
        add(synonyms, name, shared == null ? none : shared, Source.DYNAMIC_DEFAULT_BROKER_CONFIG);
        add(synonyms, name, staticValues, Source.STATIC_BROKER_CONFIG);
        if (name.equals("log.retention.ms")) {
            addScaled(synonyms, "log.retention.minutes", 60_000L);
            addScaled(synonyms, "log.retention.hours", 3_600_000L);
        } else if (name.equals("log.roll.ms")) {
            addScaled(synonyms, "log.roll.hours", 3_600_000L);
        }
    }

    private void addScaled(List<Synonym> synonyms, String name, long unitMs) {
        String value = staticValues.get(name);
        if (value != null) {
            long number = Long.parseLong(value);
            String ms = Long.toString(number < 0 ? -1 : number * unitMs);
            synonyms.add(new Synonym(name, ms, Source.STATIC_BROKER_CONFIG));
        }
    }

    /** The value in force for a broker's key. */
    public Optional<String> brokerValue(
            String name, SortedMap<String, SortedMap<String, String>> brokerValues) {
        List<Synonym> synonyms = new ArrayList<>();
        addBroker(synonyms, name, brokerId, brokerValues);
        return synonyms.isEmpty()
                ? ConfigSchema.broker().find(name).flatMap(ConfigKey::defaultValue)
                : Optional.of(synonyms.getFirst().value());
    }

    /** A topic's settings in force. */
    public TopicConfig topicConfig(
            Map<String, String> topicValues,
            SortedMap<String, SortedMap<String, String>> brokerValues) {
        Map<String, String> values = new HashMap<>();
        for (ResolvedValue one : describeTopic(topicValues, brokerValues)) {
            one.value().ifPresent(value -> values.put(one.key().name(), value));
        }
        return parse(new Values(values));
    }

    /** Typed access; every value was checked when it was set. */
    private record Values(Map<String, String> values) {
        String text(String key) {
            String value = values.get(key);
            if (value == null) {
                throw new IllegalStateException("no value for " + key);
            }
            return value;
        }

        long number(String key) {
            return Long.parseLong(text(key));
        }

        int integer(String key) {
            return Integer.parseInt(text(key));
        }

        boolean is(String key, String value) {
            return text(key).equals(value);
        }
    }

    private static TopicConfig parse(Values values) {
        String policy = values.text("cleanup.policy");
        return new TopicConfig(
                policy.contains("compact"),
                policy.contains("delete"),
                compression(values.text("compression.type")),
                values.integer("compression.gzip.level"),
                values.integer("compression.lz4.level"),
                values.integer("compression.zstd.level"),
                values.number("delete.retention.ms"),
                values.number("file.delete.delay.ms"),
                values.number("flush.messages"),
                values.number("flush.ms"),
                values.is("sluice.flush", "os")
                        ? TopicConfig.FlushMode.OS
                        : TopicConfig.FlushMode.COMMIT,
                values.integer("index.interval.bytes"),
                values.integer("max.message.bytes"),
                values.number("max.compaction.lag.ms"),
                values.number("min.compaction.lag.ms"),
                Double.parseDouble(values.text("min.cleanable.dirty.ratio")),
                values.number("message.timestamp.before.max.ms"),
                values.number("message.timestamp.after.max.ms"),
                values.is("message.timestamp.type", "LogAppendTime"),
                values.integer("min.insync.replicas"),
                values.is("preallocate", "true"),
                values.number("retention.bytes"),
                values.number("retention.ms"),
                values.integer("segment.bytes"),
                values.integer("segment.index.bytes"),
                values.number("segment.jitter.ms"),
                values.number("segment.ms"),
                values.is("unclean.leader.election.enable", "true"),
                values.is("sluice.validate.records", "records")
                        ? TopicConfig.RecordValidation.RECORDS
                        : TopicConfig.RecordValidation.BATCH);
    }

    private static Optional<CompressionType> compression(String name) {
        if (name.equals("uncompressed")) {
            return Optional.of(CompressionType.NONE);
        }
        for (CompressionType type : CompressionType.values()) {
            if (type.label().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
