package io.sluice.engine.schedule;

import io.sluice.engine.partition.Partition;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.PieceWriter;
import io.sluice.engine.view.View;
import io.sluice.engine.view.ViewName;
import io.sluice.engine.view.ViewName.BadNameException;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What waits in a partition, as records: {@code sluice:scheduled}, or {@code sluice:scheduled;id=N}
 * for one message. Each is at the offset of the record that tells of it now, with its own key,
 * value and headers, and those that say which message it is and when it is due.
 */
final class ScheduledView implements View {

    /** The name of the kind. */
    static final String NAME = "scheduled";

    private static final long ALL = -1L;

    private final HostedSchedules schedules;
    private final long id;

    private ScheduledView(HostedSchedules schedules, long id) {
        this.schedules = schedules;
        this.id = id;
    }

    /** As a reader names it. */
    static ScheduledView of(HostedSchedules schedules, ViewName name) throws BadNameException {
        name.allow(Set.of("id"));
        return new ScheduledView(schedules, name.number("id", ALL));
    }

    @Override
    public void read(Partition partition, Ask ask, Consumer<Piece> done) {
        Schedule schedule = schedules.find(partition);
        if (schedule == null) {
            done.accept(new PieceWriter(ask.from()).upTo(ask.end()));
        } else if (id == ALL) {
            schedule.show(ask, done);
        } else {
            schedule.show(id, ask, done);
        }
    }
}
