package io.sluice.core.group;

import io.sluice.core.group.GroupCommand.Join;
import io.sluice.core.group.GroupCommand.Protocol;
import io.sluice.core.group.GroupEvent.StoredMember;
import java.util.List;
import java.util.Optional;

/** A member of a group while it lives. Owned by its {@link Group}. */
final class Member {

    static final long NOBODY = -1L;

    final String id;
    final Optional<String> instanceId;
    String clientId;
    String clientHost;
    int sessionMs;
    int rebalanceMs;
    List<Protocol> protocols;
    Bytes assignment = Bytes.NONE;

    /** The join that waits, or {@link #NOBODY}. */
    long joinToken = NOBODY;

    /** The sync that waits, or {@link #NOBODY}. */
    long syncToken = NOBODY;

    /** Without a sign of life until then it is taken for dead. */
    long deadlineMs;

    /** Has asked for its assignment in this generation. */
    boolean synced;

    Member(String id, Join join) {
        this.id = id;
        this.instanceId = join.instanceId();
        this.clientId = join.clientId();
        this.clientHost = join.clientHost();
        this.sessionMs = join.sessionMs();
        this.rebalanceMs = join.rebalanceMs();
        this.protocols = join.protocols();
    }

    Member(StoredMember stored, String protocolName) {
        this.id = stored.memberId();
        this.instanceId = stored.instanceId();
        this.clientId = stored.clientId();
        this.clientHost = stored.clientHost();
        this.sessionMs = stored.sessionMs();
        this.rebalanceMs = stored.rebalanceMs();
        this.protocols = List.of(new Protocol(protocolName, stored.metadata()));
        this.assignment = stored.assignment();
        this.synced = true;
    }

    void update(Join join) {
        clientId = join.clientId();
        clientHost = join.clientHost();
        sessionMs = join.sessionMs();
        rebalanceMs = join.rebalanceMs();
        protocols = join.protocols();
    }

    void alive(long nowMs) {
        deadlineMs = nowMs + sessionMs;
    }

    boolean waits() {
        return joinToken != NOBODY || syncToken != NOBODY;
    }

    boolean offers(String protocol) {
        return protocols.stream().anyMatch(one -> one.name().equals(protocol));
    }

    /** What it said to that assignor. */
    Bytes metadata(String protocol) {
        return protocols.stream()
                .filter(one -> one.name().equals(protocol))
                .findFirst()
                .map(Protocol::metadata)
                .orElse(Bytes.NONE);
    }
}
