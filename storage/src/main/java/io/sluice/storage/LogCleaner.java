package io.sluice.storage;

import io.sluice.core.record.Codecs;

/** Compaction. */
final class LogCleaner {
    LogCleaner(LogDirectories store, Codecs codecs, int bufferBytes) {}

    void look() {}
}
