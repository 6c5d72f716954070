package io.sluice.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.outbox.harness.Sources;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories: transactions that overlap and end in any order, relays that start, are paused
 * while others take over, and are killed with part of their buffer sent and part of the answers
 * lost. {@code -Dsluice.seed=N} plays one again.
 */
final class RelayHistoryTest {

    private static final int SEEDS = 150;
    private static final int ACTIONS = 250;
    private static final int MOST_RELAYS = 3;
    private static final int MOST_TRANSACTIONS = 3;
    private static final int KEYS = 4;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingIsLostAndTheFirstAppearancesAreInOrder(boolean remembered) throws Exception {
        String only = System.getProperty("sluice.seed");
        if (only != null) {
            new History(Long.parseLong(only), remembered).run();
            return;
        }
        int twice = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            try {
                twice += new History(seed, remembered).run();
            } catch (AssertionError | Exception e) {
                throw new AssertionError("seed " + seed + ", remembered " + remembered, e);
            }
        }
        // A history without any would not have tried the hard part.
        assertThat(twice > 0).as("messages that were sent twice").isNotEqualTo(remembered);
    }

    @Test
    void theSameSeedIsTheSameHistory() throws Exception {
        History one = new History(7, false);
        History other = new History(7, false);
        one.run();
        other.run();
        assertThat(one.rig.broker.storedIds()).isEqualTo(other.rig.broker.storedIds());
    }

    private static final class History {

        private final Random random;
        private final boolean remembered;
        private final Rig rig;
        private final List<Running> relays = new ArrayList<>();
        private final List<Writing> transactions = new ArrayList<>();
        private final Set<String> committed = new HashSet<>();
        private final Map<String, Integer> nextOfKey = new HashMap<>();

        /** A relay, and what dies with it. */
        private final class Running {
            final FaultySource source = new FaultySource(rig.source, Faults.none()::step);
            final List<FakeBroker.Delayed> buffers = new ArrayList<>();
            final RelayLoop loop =
                    rig.relay(
                            source.source(),
                            remembered
                                    ? rig.broker.transactional(Faults.none())
                                    : outbox -> buffer());

            private Publisher buffer() {
                FakeBroker.Delayed buffer = rig.broker.delayed();
                buffers.add(buffer);
                return buffer;
            }
        }

        /** A transaction holds its key's business row, as the outbox asks for. */
        private record Writing(Connection connection, String key, List<String> ids) {}

        History(long seed, boolean remembered) throws SQLException {
            this.random = new Random(seed);
            this.remembered = remembered;
            this.rig = new Rig(Sources.h2InMemory());
        }

        /** Returns how many messages were sent more than once. */
        int run() throws Exception {
            for (int i = 0; i < ACTIONS; i++) {
                act();
            }
            while (!transactions.isEmpty()) {
                end(transactions.removeLast(), random.nextBoolean());
            }
            while (!relays.isEmpty()) {
                kill(relays.removeLast());
            }
            Running last = new Running();
            for (int i = 0; i < 2_000 && rig.count(Rig.TABLES.pending()) > 0; i++) {
                rig.step(last.loop);
                last.buffers.forEach(buffer -> buffer.deliver(100, true));
            }
            kill(last);
            assertThat(new HashSet<>(rig.broker.storedIds())).isEqualTo(committed);
            assertOrder();
            return rig.broker.stored.size() - committed.size();
        }

        private void act() throws Exception {
            switch (random.nextInt(12)) {
                case 0 -> begin();
                case 1, 2 -> write();
                case 3 -> {
                    if (!transactions.isEmpty()) {
                        int index = random.nextInt(transactions.size());
                        end(transactions.remove(index), random.nextInt(4) > 0);
                    }
                }
                case 4 -> {
                    if (relays.size() < MOST_RELAYS) {
                        relays.add(new Running());
                    }
                }
                case 5 -> {
                    if (!relays.isEmpty() && random.nextInt(3) == 0) {
                        kill(relays.remove(random.nextInt(relays.size())));
                    }
                }
                case 6 -> rig.nanos += random.nextLong(Duration.ofSeconds(8).toNanos());
                default -> work();
            }
        }

        private void begin() throws SQLException {
            String key = "k" + random.nextInt(KEYS);
            if (transactions.size() < MOST_TRANSACTIONS
                    && transactions.stream().noneMatch(writing -> writing.key().equals(key))) {
                Connection connection = rig.source.getConnection();
                connection.setAutoCommit(false);
                transactions.add(new Writing(connection, key, new ArrayList<>()));
            }
        }

        private void write() throws SQLException {
            if (transactions.isEmpty()) {
                return;
            }
            Writing writing = transactions.get(random.nextInt(transactions.size()));
            String id = writing.key() + "-" + nextOfKey.merge(writing.key(), 1, Integer::sum);
            Rig.OUTBOX.add(
                    writing.connection(),
                    OutboxMessage.to("t").id(id).key(writing.key()).value("v").build());
            writing.ids().add(id);
        }

        private void end(Writing writing, boolean commit) throws SQLException {
            if (commit) {
                writing.connection().commit();
                committed.addAll(writing.ids());
            } else {
                writing.connection().rollback();
            }
            writing.connection().close();
        }

        private void work() {
            if (relays.isEmpty()) {
                return;
            }
            Running running = relays.get(random.nextInt(relays.size()));
            if (random.nextInt(3) == 0) {
                for (FakeBroker.Delayed buffer : running.buffers) {
                    buffer.deliver(random.nextInt(4), true);
                }
            } else {
                running.loop.step();
            }
        }

        /** Part of what it had in its buffer still arrives; nobody hears the answers. */
        private void kill(Running running) throws SQLException {
            for (FakeBroker.Delayed buffer : running.buffers) {
                buffer.deliver(random.nextInt(4), false);
            }
            running.source.disconnect();
        }

        private void assertOrder() {
            Map<String, Integer> last = new HashMap<>();
            Set<String> seen = new HashSet<>();
            for (String id : rig.broker.storedIds()) {
                if (seen.add(id)) {
                    String key = id.substring(0, id.indexOf('-'));
                    int number = Integer.parseInt(id.substring(id.indexOf('-') + 1));
                    Integer before = last.put(key, number);
                    assertThat(before == null || before < number)
                            .as("%s after %s in %s", id, before, rig.broker.storedIds())
                            .isTrue();
                }
            }
        }
    }
}
