package io.sluice.simulator;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.Clock;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.PartitionStatus;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.partition.ScheduleWatch;
import io.sluice.engine.schedule.Schedules;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Ports of schedules that are not what they should be. */
final class SpoiltSchedules {

    private SpoiltSchedules() {}

    /** Changes what a method of a port says; all else is as it is. */
    private interface Change {
        Object of(Object honest);
    }

    /** Partitions whose clock goes ahead, as their schedules see it. */
    static Partitions ahead(Partitions honest, long ms) {
        Map<Object, Object> loops = new IdentityHashMap<>();
        return new Seen(honest, "loop", loop -> loops.computeIfAbsent(loop, one -> ahead(one, ms)));
    }

    private static Object ahead(Object loop, long ms) {
        return over(EventLoop.class, loop, "clock", clock -> new Ahead((Clock) clock, ms));
    }

    private record Ahead(Clock honest, long ms) implements Clock {
        @Override
        public long monotonicNanos() {
            return honest.monotonicNanos();
        }

        @Override
        public long wallMs() {
            return honest.wallMs() + ms;
        }
    }

    /** Partitions whose logs end, for their schedules, where what is committed does. */
    static Partitions withoutTheUncommitted(Partitions honest) {
        return new Seen(honest, "status", status -> committed((PartitionStatus) status));
    }

    private static PartitionStatus committed(PartitionStatus of) {
        return new PartitionStatus(
                of.leaderEpoch(),
                of.logStartOffset(),
                of.highWatermark(),
                of.lastStableOffset(),
                of.highWatermark(),
                of.sizeInBytes(),
                of.directory());
    }

    /** Partitions that tell schedules of no aborted transaction. */
    static Partitions withoutAborts(Partitions honest) {
        return new Seen(honest, "fetch", result -> asCommitted((FetchResult) result));
    }

    private static FetchResult asCommitted(FetchResult of) {
        return new FetchResult(
                of.error(),
                of.highWatermark(),
                of.lastStableOffset(),
                of.logStartOffset(),
                of.read(),
                List.of(),
                of.diverging());
    }

    /** Nobody says when a partition begins to lead. */
    static ScheduleWatch thatDoesNotBegin(ScheduleWatch honest) {
        return new ScheduleWatch() {
            @Override
            public void leading(Partition partition) {
                // what waits is found by whoever sends or asks
            }

            @Override
            public void appended(Partition partition) {
                honest.appended(partition);
            }

            @Override
            public void heldBack(Partition partition, long wantedStart) {
                honest.heldBack(partition, wantedStart);
            }

            @Override
            public void delete(Partition partition, long upTo, Consumer<ErrorCode> done) {
                honest.delete(partition, upTo, done);
            }
        };
    }

    /** Nothing is held back while somebody says something of it. */
    static Schedules thatHoldNothing(Schedules honest) {
        return new Schedules() {
            @Override
            public void find(TopicPartition partition, long[] ids, Consumer<Answer> done) {
                honest.find(partition, ids, answer -> done.accept(withoutHold(answer)));
            }

            @Override
            public Next next(String cron, String zone, long afterMs) {
                return honest.next(cron, zone, afterMs);
            }

            @Override
            public void list(
                    TopicPartition partition, long from, int limit, Consumer<Listing> done) {
                honest.list(partition, from, limit, done);
            }
        };
    }

    private static Schedules.Answer withoutHold(Schedules.Answer answer) {
        if (!(answer instanceof Schedules.Answer.Found(var standings, Schedules.Hold hold))) {
            return answer;
        }
        hold.released();
        return new Schedules.Answer.Found(
                standings,
                new Schedules.Hold() {
                    @Override
                    public void appended(long logEnd) {}

                    @Override
                    public void released() {}
                });
    }

    /** Each partition is always the same, as it should be. */
    private static final class Seen implements Partitions {
        private final Partitions honest;
        private final String method;
        private final Change change;
        private final Map<Partition, Partition> seen = new IdentityHashMap<>();

        Seen(Partitions honest, String method, Change change) {
            this.honest = honest;
            this.method = method;
            this.change = change;
        }

        private @Nullable Partition seen(@Nullable Partition partition) {
            return partition == null
                    ? null
                    : seen.computeIfAbsent(
                            partition, one -> over(Partition.class, one, method, change));
        }

        @Override
        public @Nullable Partition find(TopicPartition name) {
            return seen(honest.find(name));
        }

        @Override
        public @Nullable Partition find(Uuid topicId, int partition) {
            return seen(honest.find(topicId, partition));
        }

        @Override
        public Collection<Partition> all() {
            return honest.all();
        }
    }

    private static <T> T over(Class<T> type, Object honest, String method, Change change) {
        return type.cast(
                Proxy.newProxyInstance(
                        SpoiltSchedules.class.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, called, arguments) -> {
                            if (called.getName().equals("equals")) {
                                return proxy == arguments[0];
                            }
                            Object result = invoke(honest, called, arguments);
                            return called.getName().equals(method) ? change.of(result) : result;
                        }));
    }

    private static Object invoke(Object honest, Method called, Object[] arguments)
            throws Throwable {
        try {
            return called.invoke(honest, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
