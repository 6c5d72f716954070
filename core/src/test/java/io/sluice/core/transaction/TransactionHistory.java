package io.sluice.core.transaction;

import static io.sluice.core.transaction.TransactionCommand.NO_ID;

import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.ModelPartition.Fate;
import io.sluice.core.transaction.TransactionReply.Done;
import io.sluice.core.transaction.TransactionReply.Granted;
import io.sluice.core.transaction.TransactionReply.Markers;
import io.sluice.core.transaction.TransactionReply.NeedsId;
import io.sluice.core.transaction.TransactionReply.Owed;
import io.sluice.core.transaction.TransactionReply.Verified;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One random history: producers of two transactional ids begin, write, end, vanish, come back as
 * zombies, send again what they sent before; markers are written one by one in any order; the
 * coordinator is loaded again at any moment from what was committed; time passes.
 */
final class TransactionHistory {

    /** Mistakes made on purpose. */
    enum Bug {
        NONE,
        /** The coordinator hears of the markers before all are written. */
        MARKED_TOO_EARLY,
        /** A partition takes what no coordinator knows of. */
        GATE_LEFT_OUT,
        /** What a partition was told before the end of a transaction counts after it. */
        GATE_BELIEVED_LATE,
        /** Who is late keeps its epoch, though its transaction was aborted. */
        NO_FENCE,
        /** The epoch stays as it is with the end of a transaction, though producers trust in it. */
        NO_EPOCH,
        /** Answers go out before their events are committed. */
        ANSWERED_TOO_EARLY,
        /** Markers are not written again after a restart. */
        MARKERS_FORGOTTEN,
        /** Time aborts nothing. */
        NO_TIMEOUT
    }

    private static final int STEPS = 250;
    private static final int PARTITIONS = 3;
    private static final int TIMEOUT_MS = 5_000;

    /** A producer process, alive or left behind. */
    private final class Client {
        final String id;
        final short version;
        @Nullable Producer producer;
        long transaction = nextTransaction++;
        final Set<TopicPartition> added = new HashSet<>();
        boolean broken;
        long beginning = -1;
        long ending = -1;
        boolean endsWithCommit;

        Client(String id, short version) {
            this.id = id;
            this.version = version;
        }
    }

    /**
     * A write on its way through the gate.
     *
     * @param patience how slow the network is with the answer
     */
    private record Asked(
            Client client,
            Producer producer,
            long transaction,
            int partition,
            int ends,
            long token,
            int patience) {}

    /** A partition that a client without version 2 adds before it writes. */
    private record Adding(Client client, long transaction, TopicPartition partition) {}

    private final Random random;
    private final Bug bug;
    private final TransactionRoom room;
    private final List<Client> clients = new ArrayList<>();
    private final List<ModelPartition> partitions = new ArrayList<>();
    private final List<Asked> asked = new ArrayList<>();
    private final TreeMap<Long, Adding> adding = new TreeMap<>();
    private final List<TransactionCommand> delayed = new ArrayList<>();
    private final Set<Long> committed = new HashSet<>();
    private final Set<Long> aborted = new HashSet<>();
    private final TreeMap<Long, Integer> acknowledged = new TreeMap<>();

    /** The newest producer that was granted, for each id. */
    private final TreeMap<String, Producer> newest = new TreeMap<>();

    private final TreeMap<String, Markers> writing = new TreeMap<>();
    private final TreeMap<String, Set<TopicPartition>> unmarked = new TreeMap<>();
    private long awaiting = -1;
    private long nextTransaction;
    private int restarts;

    /** What happened, to be read when it went wrong. */
    private final List<String> transcript = new ArrayList<>();

    /** A coordinator that aborts without raising the epoch. */
    private record Unfencing(
            Coordinator<TransactionCommand, TransactionEvent, TransactionReply> machine)
            implements Coordinator<TransactionCommand, TransactionEvent, TransactionReply> {

        private static final int RAISED = 2;

        @Override
        public Decision<TransactionEvent, TransactionReply> decide(
                long token, TransactionCommand command, long nowMs) {
            return changed(machine.decide(token, command, nowMs));
        }

        @Override
        public Decision<TransactionEvent, TransactionReply> onDeadline(long nowMs) {
            return changed(machine.onDeadline(nowMs));
        }

        private static Decision<TransactionEvent, TransactionReply> changed(
                Decision<TransactionEvent, TransactionReply> decision) {
            return new Decision<>(
                    decision.events().stream().map(Unfencing::changed).toList(),
                    decision.answers());
        }

        private static TransactionEvent changed(TransactionEvent event) {
            if (!(event instanceof TransactionEvent.Stored(Transaction one))
                    || one.state() != TransactionState.COMPLETE_ABORT
                    || one.lastEpoch() != Transaction.NO_EPOCH
                    || one.epoch() < RAISED) {
                return event;
            }
            return new TransactionEvent.Stored(
                    new Transaction(
                            one.id(),
                            one.producerId(),
                            one.previousId(),
                            one.nextId(),
                            (short) (one.epoch() - RAISED),
                            one.lastEpoch(),
                            one.timeoutMs(),
                            one.state(),
                            one.partitions(),
                            one.startMs(),
                            one.updateMs(),
                            one.version()));
        }

        @Override
        public void apply(TransactionEvent event) {
            machine.apply(event);
        }

        @Override
        public long nextDeadlineMs() {
            return machine.nextDeadlineMs();
        }
    }

    TransactionHistory(long seed, Bug bug) {
        this.random = new Random(seed);
        this.bug = bug;
        TransactionSettings settings =
                new TransactionSettings(60_000, false, 1_000, 1L << 40, 1L << 40, 100, (short) 2);
        Supplier<Coordinator<TransactionCommand, TransactionEvent, TransactionReply>> machines =
                () ->
                        bug == Bug.NO_FENCE
                                ? new Unfencing(
                                        new TransactionCoordinator(settings, CheckBacks.NONE))
                                : new TransactionCoordinator(settings, CheckBacks.NONE);
        room = new TransactionRoom(machines);
        room.commitsAtOnce = false;
        room.answersEarly = bug == Bug.ANSWERED_TOO_EARLY;
        for (int i = 0; i < PARTITIONS; i++) {
            partitions.add(new ModelPartition());
        }
        for (int i = 0; i < 2; i++) {
            clients.add(new Client("id-" + i, (short) (1 + random.nextInt(2))));
        }
    }

    void run() {
        try {
            for (int i = 0; i < STEPS; i++) {
                step();
                listen();
            }
            heal();
            judge();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(e.getMessage() + "\n  " + String.join("\n  ", transcript), e);
        }
    }

    private void tell(String what, Object... details) {
        transcript.add(room.nowMs + " " + what.formatted(details));
    }

    private void step() {
        Client client = clients.get(random.nextInt(clients.size()));
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3, 4 -> write(client);
            case 5, 6 -> end(client, random.nextInt(3) > 0);
            case 7 -> {
                if (client.producer == null || random.nextInt(4) == 0) {
                    begin(client);
                }
            }
            case 8 -> revive(client);
            case 9, 10, 11, 12 -> mark();
            case 13 -> room.advance(random.nextInt(bug == Bug.NO_TIMEOUT ? 50 : 1_500));
            case 14 -> sendAgain();
            default -> {
                if (random.nextInt(4) == 0) {
                    restart();
                }
            }
        }
        if (bug == Bug.ANSWERED_TOO_EARLY ? random.nextInt(20) == 0 : random.nextInt(3) > 0) {
            room.commit();
        }
    }

    private void begin(Client client) {
        if (client.beginning >= 0 || client.ending >= 0) {
            return;
        }
        boolean knows = client.producer != null && random.nextInt(4) == 0;
        TransactionCommand.Begin begin =
                new TransactionCommand.Begin(
                        client.id,
                        TIMEOUT_MS,
                        false,
                        knows ? Optional.ofNullable(client.producer) : Optional.empty(),
                        random.nextBoolean() ? NO_ID : room.freshId());
        client.beginning = room.ask(begin);
        tell("%s, %s begins anew, version %d", begin.known(), client.transaction, client.version);
        nextOf(client);
    }

    /** What the client did before is over for it; it does not know how. */
    private void nextOf(Client client) {
        client.transaction = nextTransaction++;
        client.added.clear();
        client.producer = client.beginning >= 0 ? null : client.producer;
    }

    /** The process dies; another one takes over, and it comes back as a zombie. */
    private void revive(Client client) {
        if (clients.size() < 6) {
            Client next = new Client(client.id, (short) (1 + random.nextInt(2)));
            clients.add(next);
            begin(next);
        }
    }

    private void write(Client client) {
        Producer producer = client.producer;
        if (producer == null || client.broken || client.ending >= 0) {
            return;
        }
        int number = random.nextInt(PARTITIONS);
        ModelPartition partition = partitions.get(number);
        TopicPartition name = new TopicPartition("t", number);
        if (client.version < 2 && !client.added.contains(name)) {
            adding.put(
                    room.ask(
                            new TransactionCommand.Add(
                                    client.id, producer, List.of(name), client.version)),
                    new Adding(client, client.transaction, name));
            return;
        }
        if (partition.isOpen(producer) || bug == Bug.GATE_LEFT_OUT) {
            append(client, producer, client.transaction, number);
            return;
        }
        TransactionCommand question =
                client.version == 2
                        ? new TransactionCommand.Add(
                                client.id, producer, List.of(name), client.version)
                        : new TransactionCommand.Verify(client.id, producer, List.of(name));
        asked.add(
                new Asked(
                        client,
                        producer,
                        client.transaction,
                        number,
                        partition.ends(producer.id()),
                        room.ask(question),
                        random.nextInt(6) == 0 ? 25 : 2));
    }

    private void append(Client client, Producer producer, long transaction, int number) {
        ModelPartition partition = partitions.get(number);
        if (partition.isFenced(producer)) {
            client.broken |= producer.equals(client.producer);
            return;
        }
        Producer now = newest.get(client.id);
        boolean opens = !partition.isOpen(producer);
        if (opens && now != null && isOlder(producer, now)) {
            throw new AssertionError("a zombie wrote: " + producer + " after " + now);
        }
        partition.append(producer, transaction);
        tell("%s writes %s to %d", producer, transaction, number);
        acknowledged.merge(transaction, 1, Integer::sum);
    }

    private static boolean isOlder(Producer one, Producer other) {
        return one.id() == other.id() ? one.epoch() < other.epoch() : one.id() < other.id();
    }

    private void end(Client client, boolean commit) {
        // A client that gives up does not wait for what is on its way.
        boolean busy =
                asked.stream().anyMatch(one -> one.client == client)
                        || adding.values().stream().anyMatch(one -> one.client == client);
        if (client.producer == null
                || client.broken
                || client.ending >= 0
                || (busy && (commit || random.nextInt(3) > 0))) {
            return;
        }
        client.endsWithCommit = commit;
        TransactionCommand end = endOf(client, client.producer, commit);
        client.ending = room.ask(end);
        tell("%s ends %s: %s", client.producer, client.transaction, commit);
        if (client.version == 2) {
            delayed.add(end);
        }
    }

    private TransactionCommand endOf(Client client, Producer producer, boolean commit) {
        return new TransactionCommand.End(
                client.id,
                producer,
                commit,
                bug == Bug.NO_EPOCH ? 1 : client.version,
                room.freshId());
    }

    /** The network gives something again that was sent long ago. */
    private void sendAgain() {
        if (!delayed.isEmpty()) {
            room.ask(delayed.get(random.nextInt(delayed.size())));
        }
    }

    private void listen() {
        for (Client client : clients) {
            listenToBegin(client);
            listenToEnd(client);
        }
        for (Long token : List.copyOf(adding.keySet())) {
            TransactionReply reply = room.answers.remove(token);
            Adding one = reply == null ? null : adding.remove(token);
            if (one != null
                    && reply instanceof Done(ErrorCode error)
                    && error == ErrorCode.NONE
                    && one.transaction == one.client.transaction) {
                one.client.added.add(one.partition);
            }
        }
        for (Asked one : List.copyOf(asked)) {
            TransactionReply reply =
                    random.nextInt(one.patience) > 0 ? null : room.answers.remove(one.token);
            if (reply != null) {
                asked.remove(one);
                passed(one, reply);
            }
        }
        if (awaiting >= 0) {
            Optional<Owed> owed = room.answer(awaiting, Owed.class);
            if (owed.isPresent()) {
                awaiting = -1;
                owed.get().transactions().forEach(this::startWriting);
            }
        }
    }

    private void startWriting(Markers markers) {
        if (bug == Bug.MARKERS_FORGOTTEN && restarts > 0 && random.nextBoolean()) {
            return;
        }
        Markers before = writing.put(markers.id(), markers);
        if (before == null || !before.equals(markers)) {
            unmarked.put(markers.id(), new HashSet<>(markers.partitions()));
        }
    }

    private void listenToBegin(Client client) {
        TransactionReply reply = room.answers.remove(client.beginning);
        if (reply == null) {
            return;
        }
        client.beginning = -1;
        tell("%s begun: %s", client.transaction, reply);
        if (reply instanceof NeedsId || !(reply instanceof Granted granted)) {
            return;
        }
        if (granted.error() == ErrorCode.NONE) {
            client.producer = granted.producer();
            client.broken = false;
            newest.put(client.id, granted.producer());
        } else if (granted.error() == ErrorCode.PRODUCER_FENCED) {
            client.broken = true;
        }
    }

    private void listenToEnd(Client client) {
        TransactionReply reply = room.answers.remove(client.ending);
        if (reply == null) {
            return;
        }
        client.ending = -1;
        tell("%s ended: %s", client.transaction, reply);
        if (!(reply instanceof Granted granted)) {
            return;
        }
        switch (granted.error()) {
            case NONE -> {
                boolean wrote = acknowledged.containsKey(client.transaction);
                if (wrote) {
                    (client.endsWithCommit ? committed : aborted).add(client.transaction);
                }
                if (client.version == 2 && bug != Bug.NO_EPOCH) {
                    client.producer = granted.producer();
                }
                nextOf(client);
            }
            case CONCURRENT_TRANSACTIONS -> {
                Producer producer = client.producer;
                if (producer != null) {
                    client.ending = room.ask(endOf(client, producer, client.endsWithCommit));
                }
            }
            case INVALID_TXN_STATE -> nextOf(client);
            default -> client.broken = true;
        }
    }

    private void passed(Asked one, TransactionReply reply) {
        TopicPartition name = new TopicPartition("t", one.partition);
        boolean admitted =
                switch (reply) {
                    case Done done -> done.error() == ErrorCode.NONE;
                    case Verified verified ->
                            verified.error() == ErrorCode.NONE
                                    && !verified.missing().contains(name);
                    default -> throw new AssertionError(reply);
                };
        boolean late = partitions.get(one.partition).ends(one.producer.id()) != one.ends;
        if (admitted && (!late || bug == Bug.GATE_BELIEVED_LATE)) {
            append(one.client, one.producer, one.transaction, one.partition);
        }
    }

    /** The shell writes one marker, or tells that all are written, or asks for more. */
    private void mark() {
        if (awaiting < 0) {
            awaiting = room.ask(new TransactionCommand.AwaitMarkers());
        }
        if (writing.isEmpty()) {
            return;
        }
        List<String> ids = List.copyOf(writing.keySet());
        String id = ids.get(random.nextInt(ids.size()));
        Markers markers = writing.get(id);
        Set<TopicPartition> left = unmarked.get(id);
        if (markers == null || left == null) {
            return;
        }
        if (left.isEmpty() || (bug == Bug.MARKED_TOO_EARLY && random.nextInt(4) == 0)) {
            room.ask(new TransactionCommand.Marked(id, markers.producer(), markers.commit()));
            writing.remove(id);
            unmarked.remove(id);
            return;
        }
        TopicPartition next = left.stream().sorted().toList().get(random.nextInt(left.size()));
        tell("marker %s %s at %d", markers.producer(), markers.commit(), next.partition());
        partitions
                .get(next.partition())
                .mark(markers.producer(), markers.commit(), markers.version());
        if (random.nextInt(5) > 0) { // else the answer was lost: it is written again
            left.remove(next);
        }
    }

    private void restart() {
        room.reload(random.nextBoolean());
        restarts++;
        tell("restart");
        awaiting = -1;
        writing.clear();
        unmarked.clear();
        adding.clear();
        // Whoever asked hears nothing more. A client sends again, or gives up.
        asked.removeIf(one -> {
            one.client.broken |= random.nextInt(4) == 0;
            return true;
        });
        for (Client client : clients) {
            client.beginning = -1;
            Producer producer = client.producer;
            if (client.ending >= 0 && producer != null) {
                client.ending = room.ask(endOf(client, producer, client.endsWithCommit));
            }
        }
    }

    /** Faults stop, nobody writes; what is open ends by itself. */
    private void heal() {
        room.commitsAtOnce = true;
        room.commit();
        for (int i = 0; i < 40; i++) {
            if (bug != Bug.NO_TIMEOUT) {
                room.advance(1_000);
            }
            for (int j = 0; j < 12; j++) {
                mark();
                listen();
            }
        }
    }

    private void judge() {
        TreeMap<Long, Set<Fate>> fates = new TreeMap<>();
        TreeMap<Long, Integer> seen = new TreeMap<>();
        for (ModelPartition partition : partitions) {
            for (ModelPartition.Stored one : partition.records) {
                fates.computeIfAbsent(one.transaction, id -> new HashSet<>()).add(one.fate);
                seen.merge(one.transaction, 1, Integer::sum);
            }
        }
        fates.forEach((transaction, all) -> {
            if (all.contains(Fate.OPEN)) {
                throw new AssertionError("transaction " + transaction + " hangs (I-17)");
            }
            if (all.size() > 1) {
                throw new AssertionError("transaction " + transaction + " is torn (I-15)");
            }
            if (committed.contains(transaction) && !all.equals(Set.of(Fate.COMMITTED))) {
                throw new AssertionError("transaction " + transaction + " is lost (I-15)");
            }
            if (aborted.contains(transaction) && !all.equals(Set.of(Fate.ABORTED))) {
                throw new AssertionError("transaction " + transaction + " came back (I-15)");
            }
        });
    }

    /** How many transactions were known to be committed. */
    int committed() {
        return committed.size();
    }
}
