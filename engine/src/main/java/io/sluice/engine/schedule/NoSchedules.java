package io.sluice.engine.schedule;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Where nothing ever waits. */
public final class NoSchedules implements Schedules {

    private static final Hold NOTHING_HELD =
            new Hold() {
                @Override
                public void appended(long logEnd) {
                    // nothing was found, so nothing is held
                }

                @Override
                public void released() {
                    // as above
                }
            };

    @Override
    public void find(TopicPartition partition, long[] ids, Consumer<Answer> done) {
        List<Standing> standings = new ArrayList<>(ids.length);
        for (long id : ids) {
            standings.add(new Standing.Gone("no message " + id + " waits in " + partition));
        }
        done.accept(new Answer.Found(standings, NOTHING_HELD));
    }

    @Override
    public Next next(String cron, String zone, long afterMs) {
        return new Next.Never("this broker delivers nothing that recurs");
    }

    @Override
    public void list(TopicPartition partition, long from, int limit, Consumer<Listing> done) {
        done.accept(new Listing(ErrorCode.NONE, List.of(), Long.MAX_VALUE));
    }
}
