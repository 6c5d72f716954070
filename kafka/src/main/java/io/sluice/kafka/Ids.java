package io.sluice.kafka;

import io.sluice.core.model.Uuid;

/** Identities as they are called on either side of the codec. */
final class Ids {

    private Ids() {}

    static org.apache.kafka.common.Uuid toKafka(Uuid id) {
        return new org.apache.kafka.common.Uuid(id.high(), id.low());
    }

    static Uuid fromKafka(org.apache.kafka.common.Uuid id) {
        return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }
}
