package io.sluice.engine.share;

import static io.sluice.engine.share.QueueBench.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.ShareCommand;
import io.sluice.engine.fake.RecordBatches;
import io.sluice.engine.fake.ZipCodecs;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.View;
import io.sluice.engine.view.ViewName.BadNameException;
import io.sluice.engine.view.Views;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An order to deliver again is answered when what it did is stored, and by who may say so. */
class ReplayOrdersTest {

    private static final int RECORDS = 10;

    private long ioNanos = 1_000_000L;
    private final QueueBench bench = new QueueBench(() -> ioNanos);

    @BeforeEach
    void allIsDone() {
        bench.host(1);
        bench.append(0, records());
        bench.take("m", RECORDS);
        bench.tell("m", 0, RECORDS - 1, Type.ACCEPT);
        bench.settle();
        assertThat(bench.store.state(key("g", 0)).start()).isEqualTo(RECORDS);
    }

    @Test
    void whatIsAskedAgainIsNotAnsweredBeforeItIsStored() throws BadNameException {
        bench.store.hold();
        List<Piece> first = ask("i", 0, RECORDS);
        bench.settle();
        List<Piece> second = ask("i", 0, RECORDS);
        bench.settle();
        assertThat(first).isEmpty();
        assertThat(second).as("it may be lost yet").isEmpty();
        bench.store.letGo();
        bench.settle();
        assertThat(told(first)).hasSize(RECORDS);
        assertThat(told(second)).isEmpty();
        assertThat(bench.store.state(key("g", 0)).start()).isZero();
    }

    @Test
    void whoWasPassedOverDoesNotSayThatNothingIsToBeDone() throws BadNameException {
        bench.append(0, records()); // another leader may have given them, and they are done
        bench.store.ask(new ShareCommand.Read(key("g", 0), 7));
        List<Piece> answer = ask("i", RECORDS, 2 * RECORDS);
        bench.settle();
        assertThat(answer).containsExactly(Piece.LATER);
    }

    @Test
    void whatIsAskedTwiceAtOnceIsDoneOnce() throws BadNameException {
        List<Piece> first = ask("i", 0, RECORDS);
        ioNanos = 500_000_000L;
        List<Piece> second = ask("i", 0, RECORDS);
        ioNanos = 1_000_000L;
        bench.settle();
        assertThat(told(first)).hasSize(RECORDS);
        assertThat(bench.take("m", RECORDS).ranges).containsExactly("0-9 x1");
        bench.tell("m", 0, RECORDS - 1, Type.ACCEPT);
        bench.settle();
        assertThat(second).isEmpty();
        bench.scheduler.advanceMs(500);
        assertThat(second).as("seed 4002087: it tells of nothing").containsExactly(Piece.LATER);
        assertThat(bench.take("m", RECORDS).ranges).isEmpty();
    }

    @Test
    void whatLiesBehindTheOrderIsNoWriteToTheStore() throws BadNameException {
        bench.append(0, 1);
        int writes = bench.store.writes();
        List<Piece> answer = ask("i", RECORDS, RECORDS);
        bench.settle();
        assertThat(answer).hasSize(1);
        assertThat(bench.store.writes()).isEqualTo(writes);
    }

    private ByteBuffer records() {
        return RecordBatches.of(
                bench.scheduler.clock().wallMs(),
                Collections.nCopies(RECORDS, new RecordBatches.One("k")));
    }

    private List<Piece> ask(String id, long from, long to) throws BadNameException {
        View view =
                new Views(bench.queues.views(new LogWalk(bench.io, new ZipCodecs())))
                        .find("sluice:replay;group=g;id=%s;from=0;to=%d".formatted(id, to));
        Partition partition = bench.partition(0);
        List<Piece> answers = new ArrayList<>();
        QueueBench.on(
                partition.loop(),
                () ->
                        view.read(
                                partition,
                                new View.Ask(
                                        from, partition.status().highWatermark(), 10_000, false),
                                answers::add));
        return answers;
    }

    /** The records that an answer names. */
    private static List<Long> told(List<Piece> answers) {
        assertThat(answers).hasSize(1);
        Piece piece = answers.getFirst();
        assertThat(piece.error()).isEqualTo(ErrorCode.NONE);
        List<Long> records = new ArrayList<>();
        ByteBuffer bytes = piece.records();
        for (int at = 0; at < bytes.limit(); ) {
            BatchHeader header = BatchHeader.read(bytes, at);
            if (!header.isControl()) {
                records.add(header.baseOffset());
            }
            at += header.sizeInBytes();
        }
        return records;
    }
}
