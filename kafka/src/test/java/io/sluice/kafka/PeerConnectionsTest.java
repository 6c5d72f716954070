package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.PooledIoThreads;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.replication.ReplicaFetchRequest;
import io.sluice.engine.replication.ReplicaFetchRequest.PartitionFetch;
import io.sluice.engine.replication.ReplicaFetchResponse;
import io.sluice.kafka.OtherBroker.Came;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.ReplicaPeers;
import io.sluice.transport.SelectorPoller;
import io.sluice.transport.TransportServer;
import io.sluice.transport.TransportSettings;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A broker that asks another one, which knows fewer versions, as in the midst of a rolling upgrade,
 * or stands still.
 */
final class PeerConnectionsTest {

    private static final int PEER = 2;
    private static final int WAIT_SECONDS = 20;

    private final ThreadEventLoop loop =
            new ThreadEventLoop("loop", new SelectorPoller(), SystemClock.INSTANCE, defect -> {});
    private final PooledIoThreads io = new PooledIoThreads(1, 1, 1);
    private final TransportServer transport =
            new TransportServer(List.of(loop), TransportSettings.DEFAULT);
    private final MemoryMetadata metadata = new MemoryMetadata(loop);
    private final ReplicaPeers peers =
            new ReplicaPeers(new PeerConnections("PLAINTEXT", metadata, transport, io));

    PeerConnectionsTest() {
        loop.start();
        transport.start();
    }

    @AfterEach
    void stop() throws Exception {
        transport.close(0);
        loop.close();
        io.close();
    }

    private void register(OtherBroker broker) {
        metadata.register(broker.image(PEER, false));
    }

    private CompletableFuture<ReplicaFetchResponse> fetch() {
        return fetch(PEER);
    }

    private CompletableFuture<ReplicaFetchResponse> fetch(int brokerId) {
        PartitionFetch partition =
                new PartitionFetch(
                        new TopicPartition("t", 0), new Uuid(7, 1), 3, 10, 2, 9, 0, 1 << 20);
        CompletableFuture<ReplicaFetchResponse> answer = new CompletableFuture<>();
        peers.fetch(
                brokerId,
                new ReplicaFetchRequest(1, 5L, null, 100, 1 << 20, List.of(partition)),
                loop,
                Completion.of(
                        response -> answer.complete(response),
                        fault -> answer.completeExceptionally(fault)));
        return answer;
    }

    @Test
    void itIsAskedOnceAndThenInTheHighestVersionThatBothKnow() throws Exception {
        try (OtherBroker older = new OtherBroker(4, 16)) {
            register(older);
            for (int i = 0; i < 3; i++) {
                assertThat(fetch().get(WAIT_SECONDS, TimeUnit.SECONDS).partitions()).isEmpty();
            }
            Came fetch = new Came(ApiKeys.FETCH, (short) 16);
            assertThat(older.came())
                    .containsExactly(
                            new Came(ApiKeys.API_VERSIONS, (short) 0), fetch, fetch, fetch);
        }
    }

    @Test
    void aNewerBrokerIsAskedInTheHighestVersionThatThisOneKnows() throws Exception {
        try (OtherBroker newer = new OtherBroker(17, 99)) {
            register(newer);
            fetch().get(WAIT_SECONDS, TimeUnit.SECONDS);
            assertThat(newer.came()).contains(new Came(ApiKeys.FETCH, (short) 18));
        }
    }

    @Test
    void withoutACommonVersionNothingIsSentAndTheReasonIsTold() throws Exception {
        try (OtherBroker older = new OtherBroker(4, 14)) {
            register(older);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> fetch().get(WAIT_SECONDS, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .hasMessageContaining("FETCH in versions 4 to 14")
                        .hasMessageContaining("15 to 18");
            }
            assertThat(older.came()).containsExactly(new Came(ApiKeys.API_VERSIONS, (short) 0));
        }
    }

    /**
     * @param answers that it gives before it stands still: to which versions it has, to the fetch
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatWaitsForABrokerThatIsFencedFailsBeforeItsTimeIsOver(int answers) throws Exception {
        try (OtherBroker still = new OtherBroker(4, 16)) {
            still.answersOnly(answers);
            register(still);
            if (answers == 2) {
                fetch().get(WAIT_SECONDS, TimeUnit.SECONDS);
            }
            CompletableFuture<ReplicaFetchResponse> waits = fetch();
            still.awaitRequests(answers + 1);
            metadata.register(still.image(PEER, true));
            assertThatThrownBy(() -> waits.get(WAIT_SECONDS, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("broker 2 does not serve");
        }
    }

    @Test
    void aBrokerThatIsSoonCountedOnAgainKeepsItsConnections() throws Exception {
        try (OtherBroker late = new OtherBroker(4, 16)) {
            register(late);
            fetch().get(WAIT_SECONDS, TimeUnit.SECONDS);
            metadata.register(late.image(PEER, true));
            register(late);
            try (OtherBroker fenced = new OtherBroker(4, 16)) {
                metadata.register(fenced.image(PEER + 1, false));
                fetch(PEER + 1).get(WAIT_SECONDS, TimeUnit.SECONDS);
                fenced.answersOnly(0);
                CompletableFuture<ReplicaFetchResponse> waits = fetch(PEER + 1);
                metadata.register(fenced.image(PEER + 1, true));
                assertThatThrownBy(() -> waits.get(WAIT_SECONDS, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class);
            }
            fetch().get(WAIT_SECONDS, TimeUnit.SECONDS);
            assertThat(late.came()).filteredOn(one -> one.api() == ApiKeys.API_VERSIONS).hasSize(1);
        }
    }
}
