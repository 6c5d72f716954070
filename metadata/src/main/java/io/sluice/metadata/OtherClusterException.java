package io.sluice.metadata;

import io.sluice.core.model.Uuid;
import java.io.IOException;

/** A broker that is configured as one of ours belongs to another cluster, or this one does. */
final class OtherClusterException extends IOException {

    private static final long serialVersionUID = 1L;

    OtherClusterException(Uuid ours, String peer, Uuid theirs) {
        super(
                ("the data of this broker belong to cluster %s, the broker at %s to cluster %s;"
                                + " nothing was changed: correct controller.quorum.voters or log.dirs,"
                                + " or give this broker empty folders to begin anew there")
                        .formatted(ours, peer, theirs));
    }
}
