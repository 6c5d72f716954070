package io.sluice.kafka.codec;

import io.sluice.core.model.Uuid;

/** Identities as they are called on either side of the codec. */
public final class Ids {

    private Ids() {}

    public static org.apache.kafka.common.Uuid toKafka(Uuid id) {
        return new org.apache.kafka.common.Uuid(id.high(), id.low());
    }

    public static Uuid fromKafka(org.apache.kafka.common.Uuid id) {
        return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }
}
