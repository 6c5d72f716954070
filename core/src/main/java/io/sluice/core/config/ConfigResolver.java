package io.sluice.core.config;

import io.sluice.core.config.ConfigKey.BrokerName;
import io.sluice.core.config.ResolvedValue.Source;
import io.sluice.core.config.ResolvedValue.Synonym;
import io.sluice.core.model.CompressionType;
import io.sluice.core.throttle.ThrottledReplicas;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is in force: the topic's own value, then the broker's dynamic ones, then its static ones,
 * then the default (KIP-226). In one place the finer of two names comes first, as log.retention.ms
 * before log.retention.hours. Any thread may ask.
 *
 * <p>{@code brokerValues} is what the cluster image holds: dynamic values by broker id as text,
 * {@code ""} for all brokers.
 */
public final class ConfigResolver {

    private static final SortedMap<String, String> NONE =
            Collections.unmodifiableSortedMap(new TreeMap<>());

    private final int brokerId;
    private final SortedMap<String, String> staticValues;

    /** What topics without values of their own obey; one image after the other asks for it. */
    private volatile @Nullable Base base;

    private record Base(
            SortedMap<String, SortedMap<String, String>> brokerValues,
            SortedMap<String, String> values,
            TopicConfig config) {}

    /**
     * @param staticValues what the broker was started with, checked
     */
    public ConfigResolver(int brokerId, Map<String, String> staticValues) {
        this.brokerId = brokerId;
        this.staticValues = Collections.unmodifiableSortedMap(new TreeMap<>(staticValues));
    }

    /** Every setting of a topic. */
    public List<ResolvedValue> describeTopic(
            Map<String, String> topicValues,
            SortedMap<String, SortedMap<String, String>> brokerValues) {
        return describe(
                ConfigSchema.topic(), topicValues, Source.DYNAMIC_TOPIC_CONFIG, brokerValues);
    }

    /** Every setting of a group. */
    public List<ResolvedValue> describeGroup(
            Map<String, String> groupValues,
            SortedMap<String, SortedMap<String, String>> brokerValues) {
        return describe(
                ConfigSchema.group(), groupValues, Source.DYNAMIC_GROUP_CONFIG, brokerValues);
    }

    private List<ResolvedValue> describe(
            ConfigSchema schema,
            Map<String, String> values,
            Source ownSource,
            SortedMap<String, SortedMap<String, String>> brokerValues) {
        List<ResolvedValue> all = new ArrayList<>();
        for (ConfigKey key : schema.keys().values()) {
            List<Synonym> synonyms = new ArrayList<>();
            String own = values.get(key.name());
            if (own != null) {
                synonyms.add(new Synonym(key.name(), own, ownSource));
            }
            addBroker(synonyms, key, Integer.toString(brokerId), brokerValues);
            all.add(resolved(key, synonyms));
        }
        return all;
    }

    /**
     * Every setting of this broker; or, for the values that all brokers share, those that are set.
     *
     * @param id this broker's, or empty for the values all brokers share
     */
    public List<ResolvedValue> describeBroker(
            Optional<Integer> id, SortedMap<String, SortedMap<String, String>> brokerValues) {
        SortedMap<String, String> shared = brokerValues.getOrDefault("", NONE);
        List<ResolvedValue> all = new ArrayList<>();
        for (ConfigKey key : ConfigSchema.broker().keys().values()) {
            List<Synonym> synonyms = new ArrayList<>();
            if (id.isPresent()) {
                addBroker(synonyms, key, Integer.toString(id.get()), brokerValues);
                all.add(resolved(key, synonyms));
            } else if (shared.containsKey(key.name())) {
                add(synonyms, key, shared, Source.DYNAMIC_DEFAULT_BROKER_CONFIG);
                all.add(resolved(key, synonyms));
            }
        }
        return all;
    }

    /** The value in force for a broker's key, as text; empty if it has none. */
    public Optional<String> brokerValue(
            String name, SortedMap<String, SortedMap<String, String>> brokerValues) {
        return ConfigSchema.broker()
                .find(name)
                .flatMap(key -> {
                    List<Synonym> synonyms = new ArrayList<>();
                    addBroker(synonyms, key, Integer.toString(brokerId), brokerValues);
                    return synonyms.stream().map(Synonym::value).findFirst();
                });
    }

    private static ResolvedValue resolved(ConfigKey key, List<Synonym> synonyms) {
        if (synonyms.isEmpty()) {
            return new ResolvedValue(
                    key, Optional.empty(), Source.DEFAULT_CONFIG, !key.dynamic(), List.of());
        }
        Synonym first = synonyms.getFirst();
        return new ResolvedValue(
                key,
                Optional.of(first.value()),
                first.source(),
                !key.dynamic(),
                List.copyOf(synonyms));
    }

    private void addBroker(
            List<Synonym> synonyms,
            ConfigKey key,
            String id,
            SortedMap<String, SortedMap<String, String>> brokerValues) {
        add(synonyms, key, brokerValues.getOrDefault(id, NONE), Source.DYNAMIC_BROKER_CONFIG);
        add(
                synonyms,
                key,
                brokerValues.getOrDefault("", NONE),
                Source.DYNAMIC_DEFAULT_BROKER_CONFIG);
        add(synonyms, key, staticValues, Source.STATIC_BROKER_CONFIG);
        String name = key.brokerNames().getFirst().name();
        key.defaultValue()
                .ifPresent(value -> synonyms.add(new Synonym(name, value, Source.DEFAULT_CONFIG)));
    }

    private static void add(
            List<Synonym> synonyms, ConfigKey key, Map<String, String> values, Source source) {
        for (BrokerName name : key.brokerNames()) {
            String value = values.get(name.name());
            if (value != null) {
                synonyms.add(new Synonym(name.name(), name.scaled(value), source));
            }
        }
    }

    /** A topic's settings in force. Cheap, for it is asked for every topic at every image. */
    public TopicConfig topicConfig(
            Map<String, String> topicValues,
            SortedMap<String, SortedMap<String, String>> brokerValues) {
        Base under = base(brokerValues);
        if (topicValues.isEmpty()) {
            return under.config;
        }
        SortedMap<String, String> values = new TreeMap<>(under.values);
        values.putAll(topicValues);
        return parse(new Values(values));
    }

    private Base base(SortedMap<String, SortedMap<String, String>> brokerValues) {
        Base known = base;
        if (known != null
                && (known.brokerValues == brokerValues
                        || known.brokerValues.equals(brokerValues))) {
            return known;
        }
        SortedMap<String, String> values = new TreeMap<>();
        for (ResolvedValue one : describeTopic(NONE, brokerValues)) {
            one.value().ifPresent(value -> values.put(one.key().name(), value));
        }
        Base made = new Base(brokerValues, values, parse(new Values(values)));
        base = made;
        return made;
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
        List<String> policy = ConfigKey.words(values.text("cleanup.policy"));
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
                        : TopicConfig.RecordValidation.BATCH,
                values.is("sluice.delay.enable", "true"),
                ThrottledReplicas.parse(values.text("leader.replication.throttled.replicas")),
                ThrottledReplicas.parse(values.text("follower.replication.throttled.replicas")));
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
