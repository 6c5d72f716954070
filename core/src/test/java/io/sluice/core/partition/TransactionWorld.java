package io.sluice.core.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TransactionMarker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A few partitions, producers and their coordinators, and all messages between them in one bag, out
 * of which any comes next. The coordinator is a model that makes no mistake; what reaches the
 * partitions of it may be late.
 */
final class TransactionWorld {

    static final int CONTROL = 0x30;

    private static final int STEPS = 400;
    private static final int PARTITIONS = 2;
    private static final int PRODUCERS = 3;
    private static final int TRANSACTIONAL = 0x10;

    private final Random random;
    private final List<TransactionReplica> replicas = new ArrayList<>();
    private final List<Coordinator> coordinators = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private final List<Message> bag = new ArrayList<>();
    private final List<Transaction> transactions = new ArrayList<>();
    private final Map<Integer, Sent> produces = new HashMap<>();
    private final Map<Integer, Message.Marker> ends = new HashMap<>();

    /** Appends whose guard nothing has made void. */
    private final Set<Integer> valid = new HashSet<>();

    private int step;
    private int tickets;
    private int refused;
    private boolean healing;

    /** What a client wanted, and what its coordinator decided. */
    static final class Transaction {
        private final List<Sent> sent = new ArrayList<>();
        @Nullable Boolean committed;
    }

    /** A batch, however often it is sent. */
    static final class Sent {
        final Transaction transaction;
        final BatchHeader batch;
        private final int partition;
        final boolean v2;
        private boolean stored;
        boolean found;

        Sent(Transaction transaction, int partition, BatchHeader batch, boolean v2) {
            this.v2 = v2;
            this.transaction = transaction;
            this.partition = partition;
            this.batch = batch;
        }

        private int producer() {
            return (int) batch.producerId();
        }
    }

    sealed interface Message {

        /** On its way to a partition. */
        record Produce(Sent sent) implements Message {}

        /** On its way to the coordinator. */
        record Ask(Sent sent, long guard, int life, int epoch) implements Message {}

        /** On its way back to the partition. */
        record Admitted(Sent sent, long guard, int life, int epoch) implements Message {}

        record Marker(Transaction transaction, int partition, TransactionMarker marker)
                implements Message {}
    }

    private static final class Coordinator {
        private final boolean v2;
        private short epoch;
        private int coordinatorEpoch;
        private @Nullable Transaction ongoing;
        private final Set<Integer> partitions = new TreeSet<>();
        private boolean ending;

        Coordinator(boolean v2) {
            this.v2 = v2;
        }

        boolean isFree() {
            return ongoing == null;
        }
    }

    private static final class Client {
        private final int producer;
        private short epoch;
        private int[] sequences = new int[PARTITIONS];
        private @Nullable Transaction current;

        Client(int producer, short epoch) {
            this.producer = producer;
            this.epoch = epoch;
        }

        void enter(short next) {
            if (epoch != next) {
                epoch = next;
                sequences = new int[PARTITIONS];
            }
            current = null;
        }
    }

    TransactionWorld(long seed) {
        random = new Random(seed);
        for (int i = 0; i < PARTITIONS; i++) {
            replicas.add(new TransactionReplica(random, this::replied));
        }
        for (int i = 0; i < PRODUCERS; i++) {
            coordinators.add(new Coordinator(random.nextInt(3) > 0));
            clients.add(new Client(i, (short) 0));
        }
    }

    int step() {
        return step;
    }

    int ended(boolean committed) {
        return (int)
                transactions.stream()
                        .filter(one ->
                                !one.sent.isEmpty()
                                        && Boolean.valueOf(committed).equals(one.committed))
                        .count();
    }

    int refused() {
        return refused;
    }

    void run() {
        for (step = 0; step < STEPS; step++) {
            one();
            if (step % 4 == 0) {
                replicas.forEach(TransactionReplica::checkView);
            }
        }
        heal();
        replicas.forEach(TransactionReplica::judge);
        for (Transaction one : transactions) {
            if (Boolean.TRUE.equals(one.committed)) {
                assertThat(one.sent).as("torn").allMatch(sent -> sent.found);
            }
        }
    }

    private void one() {
        int kind = random.nextInt(100);
        Client client = clients.get(random.nextInt(PRODUCERS));
        if (kind < 14) {
            send(client);
        } else if (kind < 26) {
            finish(client);
        } else if (kind < 29) {
            resend(client);
        } else if (kind < 78) {
            for (int i = random.nextInt(12); i >= 0; i--) {
                deliver();
            }
        } else if (kind < 90) {
            replicas.get(random.nextInt(PARTITIONS)).flush(false);
        } else if (kind < 93) {
            sendMarkers(client.producer);
        } else if (kind < 94) {
            coordinators.get(client.producer).coordinatorEpoch++;
            sendMarkers(client.producer);
        } else if (kind < 96) {
            timeOut(client.producer);
        } else if (kind < 98) {
            replace(client);
        } else if (kind == 98) {
            replicas.get(random.nextInt(PARTITIONS)).restart();
        } else {
            replicas.get(random.nextInt(PARTITIONS)).newEpoch();
        }
    }

    /** A batch of the current transaction, or of one that begins with it. */
    private void send(Client client) {
        Coordinator coordinator = coordinators.get(client.producer);
        int partition = random.nextInt(PARTITIONS);
        if (!coordinator.v2 && !addsPartition(client, coordinator, partition)) {
            return;
        }
        Transaction current = begun(client);
        int records = 1 + random.nextInt(3);
        BatchHeader batch =
                Headers.header(
                        client.producer,
                        client.epoch,
                        client.sequences[partition],
                        records,
                        5L,
                        TRANSACTIONAL);
        client.sequences[partition] += records;
        Sent sent = new Sent(current, partition, batch, coordinator.v2);
        current.sent.add(sent);
        bag.add(new Message.Produce(sent));
    }

    private Transaction begun(Client client) {
        Transaction current = client.current;
        if (current == null) {
            current = new Transaction();
            transactions.add(current);
            client.current = current;
        }
        return current;
    }

    /** A client of version 1 tells its coordinator before it sends. */
    private boolean addsPartition(Client client, Coordinator coordinator, int partition) {
        if (coordinator.epoch != client.epoch || coordinator.ending) {
            return false;
        }
        Transaction current = begun(client);
        if (coordinator.ongoing != null && coordinator.ongoing != current) {
            throw new AssertionError("the model's coordinator has another transaction");
        }
        coordinator.ongoing = current;
        coordinator.partitions.add(partition);
        return true;
    }

    /** Commits if everything was acknowledged; else there is only one way. */
    private void finish(Client client) {
        Transaction current = client.current;
        Coordinator coordinator = coordinators.get(client.producer);
        if (coordinator.epoch != client.epoch) {
            replace(client);
            return;
        }
        if (current == null || coordinator.ending) {
            return;
        }
        boolean complete = current.sent.stream().allMatch(one -> one.stored);
        if (!complete && random.nextInt(3) > 0) {
            return;
        }
        boolean rough = !complete && random.nextBoolean();
        boolean bump = coordinator.v2 || (!complete && !rough);
        decide(client.producer, current, complete && random.nextInt(3) > 0, bump);
        client.enter(coordinator.epoch);
        if (!bump && rough) {
            client.epoch = -1; // it gave up on batches that may still arrive, and starts anew
        }
    }

    private void decide(int producer, Transaction transaction, boolean commit, boolean bump) {
        Coordinator coordinator = coordinators.get(producer);
        transaction.committed = commit;
        if (bump) {
            coordinator.epoch++;
        }
        if (coordinator.ongoing == transaction) {
            coordinator.ending = true;
            sendMarkers(producer);
        }
    }

    /** The coordinator aborts what takes too long; its client is a zombie from now on. */
    private void timeOut(int producer) {
        Coordinator coordinator = coordinators.get(producer);
        Transaction ongoing = coordinator.ongoing;
        if (ongoing != null && !coordinator.ending) {
            decide(producer, ongoing, false, true);
        }
    }

    /** Another client takes over; the old one's messages are still in the bag. */
    private void replace(Client client) {
        Coordinator coordinator = coordinators.get(client.producer);
        timeOut(client.producer);
        if (!coordinator.isFree()) {
            return;
        }
        Transaction left = client.current;
        if (left != null && left.committed == null) {
            left.committed = false;
        }
        coordinator.epoch++;
        clients.set(client.producer, new Client(client.producer, coordinator.epoch));
    }

    private void resend(Client client) {
        Transaction current = client.current;
        if (current != null) {
            for (Sent one : current.sent) {
                if (!one.stored) {
                    bag.add(new Message.Produce(one));
                }
            }
        }
    }

    private void sendMarkers(int producer) {
        Coordinator coordinator = coordinators.get(producer);
        Transaction ongoing = coordinator.ongoing;
        if (ongoing == null || !coordinator.ending) {
            return;
        }
        for (int partition : coordinator.partitions) {
            bag.add(
                    new Message.Marker(
                            ongoing,
                            partition,
                            new TransactionMarker(
                                    producer,
                                    coordinator.epoch,
                                    coordinator.coordinatorEpoch,
                                    Boolean.TRUE.equals(ongoing.committed),
                                    coordinator.v2 ? TransactionMarker.TRANSACTION_V2 : 1)));
        }
    }

    private void deliver() {
        if (bag.isEmpty()) {
            return;
        }
        int index = random.nextInt(bag.size());
        Message message = bag.get(index);
        boolean external = message instanceof Message.Produce || message instanceof Message.Marker;
        boolean twice = external && !healing && random.nextInt(6) == 0;
        if (!twice) {
            bag.set(index, bag.getLast());
            bag.removeLast();
        }
        if (!healing && random.nextInt(20) == 0) {
            return; // lost
        }
        switch (message) {
            case Message.Produce produce -> arrive(produce.sent);
            case Message.Ask ask -> ask(ask);
            case Message.Admitted admitted -> {
                TransactionReplica replica = replicas.get(admitted.sent.partition);
                if (admitted.life == replica.life()) {
                    append(admitted.sent, admitted.guard, admitted.epoch == replica.epoch());
                }
            }
            case Message.Marker marker -> {
                if (isLateOfVersionOne(marker)) {
                    return;
                }
                ends.put(++tickets, marker);
                replicas.get(marker.partition).end(tickets, marker);
            }
        }
    }

    /**
     * A marker of version 1 does not tell its transaction from the next one of the same epoch,
     * which is why there is a version 2; such a one is not let out of the bag.
     */
    private boolean isLateOfVersionOne(Message.Marker marker) {
        Coordinator coordinator = coordinators.get((int) marker.marker.producerId());
        return !coordinator.v2
                && !replicas.get(marker.partition).fences(marker.marker)
                && !(coordinator.ongoing == marker.transaction
                        && coordinator.partitions.contains(marker.partition));
    }

    private void arrive(Sent sent) {
        TransactionReplica replica = replicas.get(sent.partition);
        boolean v2 = coordinators.get(sent.producer()).v2;
        switch (replica.leader().beginTransaction(sent.batch, v2)) {
            case Admission.Open open -> append(sent, PartitionLeader.NO_GUARD, false);
            case Admission.Guarded(long guard) ->
                    bag.add(new Message.Ask(sent, guard, replica.life(), replica.epoch()));
            case Admission.Refused refusal -> refused++;
        }
    }

    private void append(Sent sent, long guard, boolean mustBeValid) {
        produces.put(++tickets, sent);
        Coordinator coordinator = coordinators.get(sent.producer());
        if (mustBeValid && coordinator.ongoing == sent.transaction && !coordinator.ending) {
            valid.add(tickets);
        }
        replicas.get(sent.partition).append(tickets, sent, guard);
    }

    private void ask(Message.Ask ask) {
        Coordinator coordinator = coordinators.get(ask.sent.producer());
        if (coordinator.epoch != ask.sent.batch.producerEpoch()) {
            refused++;
            return;
        }
        if (coordinator.ending) {
            if (!healing || random.nextBoolean()) {
                bag.add(ask); // CONCURRENT_TRANSACTIONS: again
            }
            return;
        }
        if (coordinator.v2) {
            coordinator.ongoing = ask.sent.transaction;
            coordinator.partitions.add(ask.sent.partition);
        }
        if (coordinator.ongoing != null && coordinator.partitions.contains(ask.sent.partition)) {
            bag.add(new Message.Admitted(ask.sent, ask.guard, ask.life, ask.epoch));
        } else {
            refused++;
        }
    }

    private void replied(int ticket, AppendOutcome outcome) {
        Sent sent = produces.get(ticket);
        if (sent != null) {
            sent.stored |= outcome.error() == ErrorCode.NONE && random.nextInt(10) > 0;
            refused += outcome.error() == ErrorCode.NONE ? 0 : 1;
            assertThat(valid.contains(ticket) && outcome.error() == ErrorCode.INVALID_TXN_STATE)
                    .as("an admitted batch was refused: " + outcome + sent.batch)
                    .isFalse();
            return;
        }
        Message.Marker end = ends.get(ticket);
        if (end != null) {
            ended(end, outcome);
        }
    }

    private void ended(Message.Marker end, AppendOutcome outcome) {
        Coordinator coordinator = coordinators.get((int) end.marker().producerId());
        boolean current = coordinator.ongoing == end.transaction && coordinator.ending;
        if (outcome.error() == ErrorCode.NONE) {
            if (current && (healing || random.nextInt(10) > 0)) {
                coordinator.partitions.remove(end.partition);
                if (coordinator.partitions.isEmpty()) {
                    coordinator.ongoing = null;
                    coordinator.ending = false;
                }
            }
        } else if (outcome.error() != ErrorCode.NOT_LEADER_OR_FOLLOWER) {
            boolean zombie = end.marker().coordinatorEpoch() < coordinator.coordinatorEpoch;
            assertThat(current && !zombie && coordinator.partitions.contains(end.partition))
                    .as("a marker that is needed was refused: " + outcome)
                    .isFalse();
        }
    }

    /** Everything arrives, nobody sends anything new, and what is left over times out. */
    private void heal() {
        healing = true;
        for (int round = 0; round < 200; round++) {
            for (int i = bag.size() * 3; i > 0; i--) {
                deliver();
            }
            replicas.forEach(replica -> replica.flush(true));
            for (int producer = 0; producer < PRODUCERS; producer++) {
                timeOut(producer);
                sendMarkers(producer);
            }
            if (bag.isEmpty() && coordinators.stream().allMatch(Coordinator::isFree)) {
                return;
            }
        }
        throw new AssertionError("no end: " + bag);
    }
}
