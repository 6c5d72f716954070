package io.sluice.broker;

import io.sluice.core.controller.Controller;
import io.sluice.core.controller.MetadataEventCodec;
import io.sluice.core.model.Uuid;
import io.sluice.metadata.FirstState;
import io.sluice.storage.metadata.StoredMetadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The metadata of a broker that was by itself, as the first state of a quorum. */
final class LoneState implements FirstState {

    private final StoredMetadata stored;

    LoneState(StoredMetadata stored) {
        this.stored = stored;
    }

    @Override
    public Optional<Known> read() throws IOException {
        Controller controller = new Controller(Nothing.DECIDED);
        for (ByteBuffer entry : stored.read()) {
            MetadataEventCodec.decode(entry).forEach(controller::apply);
        }
        Uuid cluster = controller.image(0).clusterId();
        return cluster.equals(Uuid.ZERO)
                ? Optional.empty()
                : Optional.of(new Known(cluster, MetadataEventCodec.encode(controller.snapshot())));
    }

    @Override
    public void taken() throws IOException {
        stored.setAside();
    }

    /** The controller here only replays. */
    private enum Nothing implements Controller.Defaults {
        DECIDED;

        @Override
        public int partitions() {
            return 1;
        }

        @Override
        public int replicationFactor() {
            return 1;
        }

        @Override
        public boolean topicDeletion() {
            return false;
        }
    }
}
