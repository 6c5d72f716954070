package io.sluice.broker;

import io.sluice.core.config.ConfigKey;
import io.sluice.core.config.ConfigSchema;
import io.sluice.core.controller.BrokerImage;
import io.sluice.storage.LogStoreSettings;
import io.sluice.transport.TransportSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A broker's settings, checked and typed. */
record BrokerSettings(SortedMap<String, String> values) {

    /** One address to listen at. */
    record Listener(String name, String host, int port) {}

    /**
     * Checks what was given.
     *
     * @throws UsageException that names every wrong key, its value and the remedy
     */
    static BrokerSettings of(Map<String, String> given) {
        SortedMap<String, String> values = new TreeMap<>(given);
        String broker = values.remove("broker.id");
        if (broker != null) {
            values.putIfAbsent("node.id", broker);
        }
        String oneDirectory = values.remove("log.dir");
        if (oneDirectory != null) {
            values.putIfAbsent("log.dirs", oneDirectory);
        }
        List<String> faults = new ArrayList<>();
        values.forEach(
                (key, value) -> ConfigSchema.broker().invalid(key, value).ifPresent(faults::add));
        if (!faults.isEmpty()) {
            throw new UsageException(String.join("\n  ", faults));
        }
        return new BrokerSettings(values);
    }

    Optional<String> find(String key) {
        String value = values.get(key);
        return value != null
                ? Optional.of(value).filter(text -> !text.isEmpty())
                : ConfigSchema.broker()
                        .find(key)
                        .flatMap(ConfigKey::defaultValue)
                        .filter(text -> !text.isEmpty());
    }

    String text(String key) {
        return find(key).orElseThrow(() -> new IllegalStateException("no value for " + key));
    }

    long number(String key) {
        return Long.parseLong(text(key));
    }

    int integer(String key) {
        return Integer.parseInt(text(key));
    }

    boolean isTrue(String key) {
        return text(key).equals("true");
    }

    int nodeId() {
        return integer("node.id");
    }

    int loops() {
        int loops = integer("num.network.threads");
        return loops > 0 ? loops : Runtime.getRuntime().availableProcessors();
    }

    List<Path> logDirectories() {
        List<Path> paths = new ArrayList<>();
        for (String word : text("log.dirs").split(",", -1)) {
            if (!word.isBlank()) {
                paths.add(Path.of(word.strip()).toAbsolutePath().normalize());
            }
        }
        if (paths.isEmpty()) {
            throw new UsageException("log.dirs is empty: name at least one folder");
        }
        return paths;
    }

    Path metadataDirectory() {
        return find("metadata.log.dir")
                .map(name -> Path.of(name).toAbsolutePath().normalize())
                .orElseGet(() -> logDirectories().getFirst().resolve("__sluice_metadata"));
    }

    List<Listener> listeners() {
        return parse("listeners");
    }

    /** What clients are told: the address listened at, unless another is advertised. */
    List<BrokerImage.Endpoint> endpoints(List<Listener> bound) {
        List<Listener> told =
                find("advertised.listeners").isPresent() ? parse("advertised.listeners") : bound;
        List<BrokerImage.Endpoint> endpoints = new ArrayList<>();
        for (Listener listener : told) {
            String host =
                    listener.host().equals("0.0.0.0") || listener.host().isEmpty()
                            ? "127.0.0.1"
                            : listener.host();
            endpoints.add(new BrokerImage.Endpoint(listener.name(), host, listener.port()));
        }
        return endpoints;
    }

    private List<Listener> parse(String key) {
        List<Listener> listeners = new ArrayList<>();
        for (String word : text(key).split(",", -1)) {
            String text = word.strip();
            int scheme = text.indexOf("://");
            int colon = text.lastIndexOf(':');
            try {
                if (scheme <= 0 || colon <= scheme) {
                    throw new NumberFormatException(text);
                }
                int port = Integer.parseInt(text.substring(colon + 1));
                if (port < 0 || port > 65_535) {
                    throw new NumberFormatException(text);
                }
                String host = text.substring(scheme + 3, colon);
                listeners.add(
                        new Listener(
                                text.substring(0, scheme),
                                host.replaceAll("[\\[\\]]", ""),
                                port));
            } catch (NumberFormatException e) {
                throw new UsageException(
                        "%s=%s is not valid: write NAME://HOST:PORT, for example PLAINTEXT://127.0.0.1:9092"
                                .formatted(key, text));
            }
        }
        return listeners;
    }

    TransportSettings transport() {
        return new TransportSettings(
                integer("socket.request.max.bytes"),
                number("queued.max.request.bytes"),
                integer("max.connections"),
                integer("max.connections.per.ip"),
                number("connections.max.idle.ms"),
                number("sluice.connections.write.timeout.ms"),
                integer("socket.send.buffer.bytes"),
                integer("socket.receive.buffer.bytes"),
                integer("socket.listen.backlog.size"));
    }

    LogStoreSettings logStore() {
        return new LogStoreSettings(
                integer("sluice.max.open.files"),
                number("log.flush.offset.checkpoint.interval.ms"),
                number("replica.high.watermark.checkpoint.interval.ms"),
                number("log.retention.check.interval.ms"),
                number("log.cleaner.backoff.ms"),
                isTrue("log.cleaner.enable"),
                integer("log.cleaner.dedupe.buffer.size"),
                number("producer.id.expiration.ms"));
    }
}
