package io.sluice.core.controller;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Settings by the name of what they belong to; whoever has none is not in it. */
record SettingsTable(PersistentSortedMap<String, SortedMap<String, String>> values) {

    static final SettingsTable EMPTY = new SettingsTable(PersistentSortedMap.empty());

    static final SortedMap<String, String> NONE =
            Collections.unmodifiableSortedMap(new TreeMap<>());

    SortedMap<String, String> of(String name) {
        return values.getOrDefault(name, NONE);
    }

    SettingsTable changed(String name, String key, Optional<String> value) {
        SortedMap<String, String> after = changed(of(name), key, value);
        return new SettingsTable(after.isEmpty() ? values.without(name) : values.with(name, after));
    }

    static SortedMap<String, String> changed(
            SortedMap<String, String> before, String key, Optional<String> value) {
        SortedMap<String, String> after = new TreeMap<>(before);
        value.ifPresentOrElse(now -> after.put(key, now), () -> after.remove(key));
        return Collections.unmodifiableSortedMap(after);
    }

    /** Makes an event of each setting. */
    interface Writer {
        MetadataEvent write(String name, String key, Optional<String> value);
    }

    List<MetadataEvent> asEvents(Writer writer) {
        List<MetadataEvent> events = new ArrayList<>();
        values.forEach((name, settings) ->
                settings.forEach(
                        (key, value) -> events.add(writer.write(name, key, Optional.of(value)))));
        return events;
    }
}
