package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.fake.LyingDisk;
import io.sluice.engine.fake.LyingDisk.Honest;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Mistakes a log could make, made on purpose. {@link LogHistory} must find each of them, or it is
 * blind and its silence over the real log proves nothing.
 */
final class PlantedBugsTest {

    private static final int SEEDS = 1000;

    /** Left out, ignored or tried again. */
    enum Bug {
        /** Acknowledged before the records are on stable storage. */
        RECORDS_NOT_FLUSHED {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                return is(method, "force") && ends(path, ".log") ? null : honest.run();
            }
        },
        /** A new segment's name is not made durable. */
        NAMES_NOT_FLUSHED {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                return is(method, "syncDirectory") ? null : honest.run();
            }
        },
        /** A flush that failed is taken for done, as one that is tried again would be. */
        FAILED_FLUSH_FORGOTTEN {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                try {
                    return honest.run();
                } catch (IOException e) {
                    if (is(method, "force") && ends(path, ".log")) {
                        return null;
                    }
                    throw e;
                }
            }
        },
        /** Half of the bytes arrived, and nobody looks. */
        FAILED_WRITE_FORGOTTEN {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                try {
                    return honest.run();
                } catch (IOException e) {
                    if (is(method, "write")) {
                        return null;
                    }
                    throw e;
                }
            }
        },
        /** A file takes its name before its bytes are durable. */
        RENAMED_BEFORE_FLUSHED {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                boolean aside = ends(path, ".tmp") || ends(path, ".cleaned");
                return is(method, "force") && aside ? null : honest.run();
            }
        },
        /** What was cut off is still there after a crash. */
        CUT_NOT_DONE {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                return is(method, "truncate") && ends(path, ".log") ? null : honest.run();
            }
        },
        /** What was aborted is not durable before the snapshot that relies on it. */
        ABORTS_NOT_FLUSHED {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                return is(method, "force") && ends(path, ".txnindex") ? null : honest.run();
            }
        },
        /** What waits is not found any more, but for a scan that nobody makes. */
        SCHEDULE_NOT_FLUSHED {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                return is(method, "force") && ends(path, ".schedule") ? null : honest.run();
            }
        },
        /** A snapshot stays that does not know of a marker which was compacted away. */
        OLD_SNAPSHOTS_KEPT {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                return is(method, "delete") && ends(path, ".snapshot") ? null : honest.run();
            }
        },
        /** The mark that tells a torn tail from damage is not there when it is needed. */
        DURABLE_END_NOT_WRITTEN {
            @Override
            @Nullable Object call(String method, Path path, Honest honest) throws Throwable {
                boolean mark = path.getFileName().toString().equals(".sluice-durable-ends");
                return mark && (is(method, "write") || is(method, "force")) ? null : honest.run();
            }
        };

        abstract @Nullable Object call(String method, Path path, Honest honest) throws Throwable;

        private static boolean is(String method, String name) {
            return method.equals(name);
        }

        private static boolean ends(Path path, String suffix) {
            return path.toString().endsWith(suffix);
        }
    }

    @ParameterizedTest
    @EnumSource(Bug.class)
    void isFound(Bug bug) {
        long seed = 1;
        while (seed <= SEEDS && isSilent(bug, seed)) {
            seed++;
        }
        assertThat(seed).as("the seed that finds %s", bug).isLessThanOrEqualTo(SEEDS);
    }

    private static boolean isSilent(Bug bug, long seed) {
        try {
            new LogHistory(seed, disk -> LyingDisk.over(disk, bug::call)).play();
            return true;
        } catch (IOException | RuntimeException | AssertionError e) {
            return false;
        }
    }
}
