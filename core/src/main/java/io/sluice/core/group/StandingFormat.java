package io.sluice.core.group;

import io.sluice.core.coordinator.EventReader;
import io.sluice.core.coordinator.EventWriter;
import io.sluice.core.group.Standing.State;
import io.sluice.core.group.assignor.Share;
import io.sluice.core.record.RecordFormatException;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * How far a member has come, in an event.
 *
 * <pre>
 *  epoch int32, previousEpoch int32, state int8 (0 stable, 1 revoking, 2 waiting), assigned,
 *  revoking
 * </pre>
 */
final class StandingFormat {

    /** By their number. */
    private static final List<State> STATES = List.of(State.STABLE, State.REVOKING, State.WAITING);

    private StandingFormat() {}

    /** Reads what members have. */
    @FunctionalInterface
    interface Shares<S> {
        S read(EventReader from) throws RecordFormatException;
    }

    static <S extends Share<S>> void write(
            Standing<S> standing, BiConsumer<S, EventWriter> shares, EventWriter to) {
        to.int32(standing.epoch())
                .int32(standing.previousEpoch())
                .int8((byte) STATES.indexOf(standing.state()));
        shares.accept(standing.assigned(), to);
        shares.accept(standing.revoking(), to);
    }

    static <S extends Share<S>> Standing<S> read(Shares<S> shares, EventReader from)
            throws RecordFormatException {
        int epoch = from.int32();
        int previousEpoch = from.int32();
        int state = from.int8();
        if (state < 0 || state >= STATES.size()) {
            throw new RecordFormatException("a member in state " + state);
        }
        return new Standing<>(
                epoch, previousEpoch, STATES.get(state), shares.read(from), shares.read(from));
    }
}
