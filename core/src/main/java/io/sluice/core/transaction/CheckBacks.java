package io.sluice.core.transaction;

import java.util.Optional;

/** Who is asked what became of a transaction. Asked on the coordinator's loop. */
@FunctionalInterface
public interface CheckBacks {

    /** Nobody is: a transaction whose time is up is aborted. */
    CheckBacks NONE = id -> Optional.empty();

    /** What holds for a transactional id. */
    Optional<CheckBack> of(String transactionalId);
}
