package io.sluice.simulator;

import io.sluice.simulator.Plan.Kind;
import io.sluice.simulator.client.Member;
import io.sluice.simulator.client.ScheduleReader;
import io.sluice.simulator.client.Sender;
import io.sluice.simulator.client.Taker;
import io.sluice.simulator.client.Teller;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Clients that may come to harm themselves, as far as the plan has such faults. */
final class Crowd {

    private final @Nullable TransactionWork transactions;

    private final @Nullable GroupWork group;

    private final @Nullable QueueWork queues;

    private final @Nullable ScheduleWork schedule;

    Crowd(Scene scene, Topics topics, Plan plan, Part part) {
        group = plan.has(Kind.GROUP) ? new GroupWork(scene, topics, part) : null;
        queues = plan.has(Kind.QUEUE) ? new QueueWork(scene, topics, part) : null;
        schedule = plan.has(Kind.SCHEDULE) ? new ScheduleWork(scene, topics, part) : null;
        transactions = plan.has(Kind.TRANSACTION) ? new TransactionWork(scene, topics, part) : null;
    }

    /** What they do. */
    List<Work> works() {
        List<Work> all = new ArrayList<>();
        if (transactions != null) {
            all.add(transactions);
        }
        if (group != null) {
            all.add(group);
        }
        if (queues != null) {
            all.add(queues);
        }
        if (schedule != null) {
            all.add(schedule);
        }
        return all;
    }

    /** Members of a group. */
    List<Member> members() {
        return group == null ? List.of() : group.members();
    }

    /** Members of queues. */
    List<Taker> takers() {
        return queues == null ? List.of() : queues.takers();
    }

    /** Who sends messages that are delivered later. */
    List<Sender> senders() {
        return schedule == null ? List.of() : schedule.senders();
    }

    /** Who reads them. */
    List<ScheduleReader> scheduleReaders() {
        return schedule == null ? List.of() : schedule.readers();
    }

    /** Producers with a transactional id. */
    List<Teller> tellers() {
        return transactions == null ? List.of() : transactions.tellers();
    }
}
