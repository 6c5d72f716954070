package io.sluice.core.group;

import io.sluice.core.group.assignor.Share;
import java.util.Optional;

/**
 * A member whose share the broker decides, and whose rights its epoch tells.
 *
 * @param <S> what members have
 */
interface EpochMember<S extends Share<S>> {

    String id();

    Optional<String> instanceId();

    Standing<S> standing();

    /** Whether another one may come in its place as the same instance. */
    boolean yieldsInstance();
}
