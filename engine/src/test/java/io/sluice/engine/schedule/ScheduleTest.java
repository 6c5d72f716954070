package io.sluice.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.ConfigResolver;
import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.ScheduleHeaders;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.core.schedule.Settled;
import io.sluice.engine.schedule.ScheduleBench.Seen;
import io.sluice.engine.schedule.Schedules.Answer;
import io.sluice.engine.schedule.Schedules.Standing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One partition where messages wait. */
class ScheduleTest {

    private final ScheduleBench bench = new ScheduleBench();

    @BeforeEach
    void host() {
        bench.host();
    }

    private long in(long ms) {
        return bench.nowMs() + ms;
    }

    private long send(String value, long delayMs) {
        return bench.send(ScheduleBench.later(value, in(delayMs)));
    }

    private List<Answer> find(long... ids) {
        List<Answer> answers = new ArrayList<>();
        bench.on(() -> bench.schedules.find(ScheduleBench.NAME, ids, answers::add));
        bench.scheduler.advanceMs(50);
        return answers;
    }

    /** As a door does. */
    private String cancel(long id) {
        String[] outcome = {"no answer"};
        bench.on(() ->
                bench.schedules.find(
                        ScheduleBench.NAME,
                        new long[] {id},
                        answer -> outcome[0] = settle(answer)));
        bench.scheduler.advanceMs(50);
        return outcome[0];
    }

    private String settle(Answer answer) {
        return switch (answer) {
            case Answer.Refused refused -> refused.error().toString();
            case Answer.Found(List<Standing> standings, Schedules.Hold hold) ->
                    switch (standings.getFirst()) {
                        case Standing.Gone(String why) -> {
                            hold.released();
                            yield why;
                        }
                        case Standing.Waiting(long later) -> {
                            bench.append(bench.hidden(new Settled(0L, later)), result -> {});
                            hold.appended(bench.log().endOffset());
                            yield "cancelled";
                        }
                    };
        };
    }

    @Test
    void isDeliveredWhenItIsDueAndNotBefore() {
        long dueMs = in(500);
        long id = bench.send(ScheduleBench.later("hello", dueMs));

        bench.scheduler.advanceMs(dueMs - bench.nowMs() - 1);
        assertThat(bench.seen()).isEmpty();
        bench.scheduler.advanceMs(20);

        Seen seen = bench.seen().getFirst();
        assertThat(seen.value()).isEqualTo("hello");
        assertThat(seen.id()).isEqualTo(id);
        assertThat(seen.from()).isEqualTo(id);
        assertThat(seen.dueMs()).isEqualTo(dueMs);
        assertThat(seen.atMs()).isGreaterThanOrEqualTo(dueMs);
        assertThat(seen.hasKey()).isFalse();
        bench.scheduler.advanceMs(100_000);
        assertThat(bench.seen()).hasSize(1);
    }

    @Test
    void thoseThatAreDueTogetherComeInTheOrderOfTheirTimes() {
        bench.send(
                ScheduleBench.later("c", in(300)),
                ScheduleBench.later("a", in(100)),
                ScheduleBench.later("b", in(200)));
        bench.scheduler.advanceMs(1_000);

        assertThat(bench.values()).containsExactly("a", "b", "c");
    }

    @Test
    void manyMoreThanMemoryHoldsAllCome() {
        int all = 3_000;
        for (int i = 0; i < all; i += 100) {
            ScheduleRecord[] batch = new ScheduleRecord[100];
            for (int j = 0; j < batch.length; j++) {
                batch[j] = ScheduleBench.later("m" + (i + j), in(1_000 + (i * 7919L + j) % 5_000));
            }
            bench.send(batch);
        }
        bench.scheduler.advanceMs(30_000);

        assertThat(bench.values()).hasSize(all).doesNotHaveDuplicates();
        assertThat(bench.seen()).allMatch(seen -> seen.atMs() >= seen.dueMs());
        assertThat(bench.schedules.waiting()).isZero();
    }

    @Test
    void waitsOverACrash() {
        send("one", 500);
        bench.crash();
        bench.scheduler.advanceMs(1_000);

        assertThat(bench.values()).containsExactly("one");
        bench.crash();
        bench.scheduler.advanceMs(1_000);
        assertThat(bench.values()).containsExactly("one");
    }

    @Test
    void aDeliveryThatIsNotMarkedIsTheMark() {
        send("one", 100);
        bench.scheduler.advanceMs(100);
        for (int i = 0; i < 20 && bench.seen().isEmpty(); i++) {
            bench.scheduler.advanceMs(1);
        }
        assertThat(bench.values()).containsExactly("one");
        bench.crash(); // before anything else could be written about it
        bench.scheduler.advanceMs(10_000);

        assertThat(bench.values()).containsExactly("one");
    }

    @Test
    void aNewLeaderGoesOn() {
        send("one", 500);
        send("two", 2_000);
        bench.scheduler.advanceMs(600);
        bench.nextEpoch();
        bench.scheduler.advanceMs(3_000);

        assertThat(bench.values()).containsExactly("one", "two");
    }

    @Test
    void aCancelledOneNeverComes() {
        long id = send("one", 500);

        assertThat(cancel(id)).isEqualTo("cancelled");
        bench.scheduler.advanceMs(1_000);
        bench.crash();
        bench.scheduler.advanceMs(1_000);

        assertThat(bench.seen()).isEmpty();
        assertThat(cancel(id)).contains("no message " + id + " waits");
    }

    @Test
    void whatWasDeliveredCannotBeCancelled() {
        long id = send("one", 10);
        bench.scheduler.advanceMs(100);

        assertThat(cancel(id)).contains("no message");
        assertThat(bench.values()).containsExactly("one");
    }

    @Test
    void whatIsHeldIsNotDeliveredUntilItIsLetGo() {
        long id = send("one", 100);
        Answer.Found found = (Answer.Found) find(id).getFirst();
        bench.scheduler.advanceMs(500);
        assertThat(bench.seen()).isEmpty();

        bench.on(() -> found.hold().released());
        bench.scheduler.advanceMs(50);
        assertThat(bench.values()).containsExactly("one");
    }

    @Test
    void aRescheduledOneComesAtItsNewTimeAlone() {
        long id = send("one", 300);
        Answer.Found found = (Answer.Found) find(id).getFirst();
        bench.on(() -> {
            bench.append(bench.hidden(ScheduleBench.later("one", in(900), id, id)), result -> {});
            found.hold().appended(bench.log().endOffset());
        });
        bench.scheduler.advanceMs(600);
        assertThat(bench.seen()).isEmpty();

        bench.scheduler.advanceMs(600);
        assertThat(bench.values()).containsExactly("one");
        assertThat(bench.seen().getFirst().id()).isEqualTo(id);
    }

    @Test
    void aTransactionCountsOnceItIsCommitted() {
        bench.on(() ->
                bench.append(
                        ScheduleBench.inTransaction(
                                bench.hidden(ScheduleBench.later("kept", in(50))), 9, 0),
                        result -> {}));
        bench.on(() ->
                bench.append(
                        ScheduleBench.inTransaction(
                                bench.hidden(ScheduleBench.later("dropped", in(50))), 10, 0),
                        result -> {}));
        send("plain", 50);
        bench.scheduler.advanceMs(200);
        assertThat(bench.values()).containsExactly("plain");

        bench.end(9, true, error -> {});
        bench.end(10, false, error -> {});
        bench.scheduler.advanceMs(200);
        assertThat(bench.values()).containsExactly("plain", "kept");
    }

    /**
     * Simulator, seed 4021559: the delivery is committed, and whether the transaction is, a new
     * leader does not know before all is that was there when its epoch began.
     */
    @Test
    void aMessageOfATransactionIsDeliveredOnceOverAFailover() {
        bench.on(() ->
                bench.append(
                        ScheduleBench.inTransaction(
                                bench.hidden(ScheduleBench.later("one", in(20))), 9, 0),
                        result -> {}));
        bench.end(9, true, error -> {});
        bench.scheduler.advanceMs(200);
        send("later", 60_000);
        assertThat(bench.values()).containsExactly("one");
        long end = bench.log().endOffset();

        bench.other = 2;
        bench.log().forgetHighWatermark();
        bench.crash();
        bench.scheduler.advanceMs(100);
        bench.fetched(end - 1);
        bench.scheduler.advanceMs(100);
        bench.fetched(end);
        for (int i = 0; i < 5; i++) {
            bench.scheduler.advanceMs(100);
            bench.fetched(bench.log().endOffset());
        }
        assertThat(bench.values()).containsExactly("one");
    }

    @Test
    void aCancellationInATransactionHoldsItsMessageBackOverAFailover() {
        long kept = send("kept", 100);
        long dropped = send("dropped", 100);
        cancelIn(9, kept);
        cancelIn(10, dropped);
        bench.nextEpoch();
        bench.scheduler.advanceMs(500);
        assertThat(bench.seen()).isEmpty();

        bench.end(9, false, error -> {});
        bench.end(10, true, error -> {});
        bench.scheduler.advanceMs(500);
        assertThat(bench.values()).containsExactly("kept");
    }

    private void cancelIn(long producer, long id) {
        bench.on(() ->
                bench.schedules.find(
                        ScheduleBench.NAME,
                        new long[] {id},
                        answer -> {
                            bench.append(
                                    ScheduleBench.inTransaction(
                                            bench.hidden(new Settled(0L, id)), producer, 0),
                                    result -> {});
                            ((Answer.Found) answer).hold().appended(bench.log().endOffset());
                        }));
        bench.scheduler.advanceMs(10);
    }

    @Test
    void whatIsHeldBackIsCarriedAndKeepsItsId() {
        long id = send("one", 20_000);
        send("two", 100);
        bench.scheduler.advanceMs(500);
        long end = bench.log().endOffset();
        bench.on(() -> bench.log().holdBack(end));
        bench.scheduler.advanceMs(2_000);

        assertThat(bench.log().scheduleFloor()).isGreaterThanOrEqualTo(end);
        bench.crash();
        bench.scheduler.advanceMs(1_000);
        assertThat(cancel(id)).isEqualTo("cancelled");
        bench.scheduler.advanceMs(30_000);
        assertThat(bench.values()).containsExactly("two");
    }

    @Test
    void whereNothingWaitsOnlyAFloorIsWritten() {
        send("two", 100);
        bench.scheduler.advanceMs(500);
        long end = bench.log().endOffset();
        bench.on(() -> bench.log().holdBack(end));
        bench.scheduler.advanceMs(2_000);

        assertThat(bench.log().scheduleFloor()).isGreaterThanOrEqualTo(end);
        assertThat(bench.log().endOffset()).isEqualTo(end + 1);
    }

    @Test
    void anIdleScheduleWritesOneFloorAndGoes() {
        send("two", 100);
        bench.scheduler.advanceMs(60_000);
        long end = bench.log().endOffset();
        assertThat(bench.log().scheduleFloor()).isEqualTo(end - 1);

        bench.scheduler.advanceMs(600_000);
        assertThat(bench.log().endOffset()).isEqualTo(end);
        send("three", 100);
        bench.scheduler.advanceMs(500);
        assertThat(bench.values()).containsExactly("two", "three");
    }

    @Test
    void aRecurringOneComesAgainAndAgainUntilItIsCancelled() {
        RecordHeader cron =
                new RecordHeader(
                        ScheduleHeaders.CRON, "*/10 * * * * *".getBytes(StandardCharsets.UTF_8));
        long id =
                bench.send(
                        ScheduleBench.later(
                                "tick", bench.nowMs() / 10_000 * 10_000 + 10_000, cron));
        bench.scheduler.advanceMs(25_000);
        bench.crash();
        bench.scheduler.advanceMs(10_000);

        assertThat(bench.seen()).hasSizeBetween(3, 4);
        assertThat(bench.seen()).allMatch(seen -> seen.dueMs() % 10_000 == 0);
        assertThat(bench.seen().stream().map(Seen::dueMs)).doesNotHaveDuplicates();
        assertThat(cancel(id)).isEqualTo("cancelled");
        int seen = bench.seen().size();
        bench.scheduler.advanceMs(60_000);
        assertThat(bench.seen()).hasSize(seen);
    }

    @Test
    void aRecurringOneComesAtWholeSeconds() {
        for (String cron : List.of("* * * * * *", "*/2 * * * * *", "4-6 * * * * *")) {
            for (long afterMs = 1_700_000_003_000L; afterMs < 1_700_000_003_000L + 9_000; ) {
                Schedules.Next next = bench.schedules.next(cron, "UTC", afterMs);
                assertThat(((Schedules.Next.At) next).dueMs() % 1_000).as(cron).isZero();
                assertThat(((Schedules.Next.At) next).dueMs()).isGreaterThan(afterMs);
                afterMs += 123;
            }
        }
        assertThat(bench.schedules.next("* * * * * *", "UTC", 1_700_000_003_682L))
                .isEqualTo(new Schedules.Next.At(1_700_000_004_000L));
    }

    @Test
    void aRecurringOneComesOnceForAllTimesThatWereMissed() {
        RecordHeader cron =
                new RecordHeader(
                        ScheduleHeaders.CRON, "*/10 * * * * *".getBytes(StandardCharsets.UTF_8));
        long firstMs = bench.nowMs() / 10_000 * 10_000 + 10_000;
        bench.send(ScheduleBench.later("tick", firstMs, cron));
        bench.scheduler.advanceMs(firstMs + 1_000 - bench.nowMs());
        bench.crash(3_600_000L);
        long backMs = bench.nowMs();
        bench.scheduler.advanceMs(9_000);
        assertThat(bench.seen().stream().map(Seen::dueMs).limit(2))
                .containsExactly(firstMs, firstMs + 10_000);
        assertThat(bench.seen().get(1).atMs()).isGreaterThanOrEqualTo(backMs);

        bench.scheduler.advanceMs(10_000);
        assertThat(bench.seen().get(2).dueMs()).isGreaterThan(backMs);
        assertThat(bench.seen()).hasSizeBetween(3, 4);
    }

    @Test
    void aListTellsWhatWaitsByTheRecordThatTellsOfIt() {
        long dueMs = in(50_000);
        long first = bench.send(ScheduleBench.later("a", dueMs));
        long second = send("b", 60_000);
        send("gone", 10);
        bench.scheduler.advanceMs(100);
        List<Schedules.Listing> listings = new ArrayList<>();
        bench.on(() -> bench.schedules.list(ScheduleBench.NAME, 0, 1, listings::add));
        bench.on(() -> bench.schedules.list(ScheduleBench.NAME, second, 10, listings::add));
        bench.scheduler.advanceMs(50);

        assertThat(listings.getFirst().error()).isEqualTo(ErrorCode.NONE);
        assertThat(listings.getFirst().pending())
                .containsExactly(new Schedules.Pending(first, first, dueMs));
        assertThat(listings.getFirst().next()).isEqualTo(second);
        assertThat(listings.get(1).pending())
                .extracting(Schedules.Pending::id)
                .containsExactly(second);
        assertThat(listings.get(1).next()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aBadCronIsToldWithTheReason() {
        assertThat(bench.schedules.next("61 * * * *", "UTC", 0))
                .isInstanceOf(Schedules.Next.Never.class);
        assertThat(bench.schedules.next("* * * * *", "Mars/Olympus", 0))
                .isInstanceOf(Schedules.Next.Never.class);
        assertThat(bench.schedules.next("0 12 * * *", "UTC", 0))
                .isEqualTo(new Schedules.Next.At(12 * 3_600_000L));
        assertThat(bench.schedules.next("0 12 * * *", "Europe/Berlin", 0))
                .isEqualTo(new Schedules.Next.At(11 * 3_600_000L));
        assertThat(bench.schedules.next("30 0 12 * * MON-FRI", "UTC", 0))
                .isEqualTo(new Schedules.Next.At(12 * 3_600_000L + 30_000));
        for (String everySecond : List.of("* * * * * *", "*/1 * * * * *")) {
            assertThat(bench.schedules.next(everySecond, "UTC", 10_944L))
                    .isEqualTo(new Schedules.Next.At(11_000L));
            assertThat(bench.schedules.next(everySecond, "UTC", 11_000L))
                    .isEqualTo(new Schedules.Next.At(12_000L));
        }
        assertThat(bench.schedules.next("0 0 30 2 *", "UTC", 0))
                .isInstanceOf(Schedules.Next.Never.class);
    }

    @Test
    void aCronThatStandsInALaterRecordWithoutAMeaningComesOnce() {
        RecordHeader cron =
                new RecordHeader(ScheduleHeaders.CRON, "?".getBytes(StandardCharsets.UTF_8));
        bench.send(ScheduleBench.later("once", in(100), cron));
        bench.scheduler.advanceMs(10_000);

        assertThat(bench.values()).containsExactly("once");
    }

    @Test
    void whatIsNotDeliveredIsToldAsOverdue() {
        long[] ioNanos = {200_000L};
        ScheduleBench slow = new ScheduleBench(() -> ioNanos[0]);
        slow.host();
        slow.send(ScheduleBench.later("soon", slow.nowMs() + 500));
        slow.send(ScheduleBench.later("late", slow.nowMs() + 60_000));
        ScheduleSurvey before = survey(slow);
        assertThat(before.topic("t").waiting).isEqualTo(2);
        assertThat(before.overdueMs()).isZero();
        assertThat(before.loading).isZero();

        ioNanos[0] = 10_000_000_000L;
        slow.scheduler.advanceMs(5_500);
        assertThat(survey(slow).overdueMs()).isBetween(4_900L, 5_500L);
        ioNanos[0] = 200_000L;
        slow.scheduler.advanceMs(20_000);
        assertThat(slow.seen()).hasSize(1);
        assertThat(survey(slow).overdueMs()).isZero();

        slow.crash();
        slow.scheduler.advanceMs(1_000);
        assertThat(survey(slow).topic("t").waiting).isEqualTo(1);
    }

    @Test
    void whatIsCompactedIsKeptShort() {
        assertThat(firstAfterMany(TopicConfig.DEFAULT)).isZero();
        TopicConfig compacted =
                new ConfigResolver(1, Map.of())
                        .topicConfig(
                                Map.of("cleanup.policy", "compact"), Collections.emptySortedMap());
        assertThat(firstAfterMany(compacted)).isGreaterThan(10_000);
    }

    /** The floor when one old message waits and thousands came and went. */
    private static long firstAfterMany(TopicConfig config) {
        ScheduleBench busy = new ScheduleBench();
        busy.config = config;
        busy.host();
        busy.send(ScheduleBench.later("old", busy.nowMs() + 86_400_000L));
        for (int batch = 0; batch < 12; batch++) {
            Later[] many = new Later[1_000];
            Arrays.setAll(many, i -> ScheduleBench.later("m" + i, busy.nowMs() + 10));
            busy.send(many);
            busy.scheduler.advanceMs(2_000);
        }
        busy.scheduler.advanceMs(10_000);
        assertThat(busy.seen()).hasSize(12_000);
        return busy.log().scheduleFloor();
    }

    private static ScheduleSurvey survey(ScheduleBench bench) {
        ScheduleSurvey[] survey = new ScheduleSurvey[1];
        bench.on(() -> survey[0] = bench.schedules.of(bench.partition()).survey());
        return survey[0];
    }
}
