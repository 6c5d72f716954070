package io.sluice.core.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Keys that differ are told apart, and the same key is the same wherever it stands. */
class KeyHashTest {

    private static ByteBuffer key(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void oneKeyHasOneHash() {
        ByteBuffer within = key("before customer-42 behind").position(7).limit(18);
        assertThat(KeyHash.of(within)).isEqualTo(KeyHash.of(key("customer-42")));
        assertThat(within.position()).isEqualTo(7);
    }

    @Test
    void manyKeysAreToldApart() {
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < 200_000; i++) {
            hashes.add(KeyHash.of(key("customer-" + i)));
            hashes.add(KeyHash.of(key(Integer.toString(i))));
            hashes.add(KeyHash.of(ByteBuffer.allocate(8).putLong(0, i)));
        }
        assertThat(hashes).hasSize(600_000);
    }

    @Test
    void zerosOfDifferentLengthAreDifferentKeys() {
        Set<Long> hashes = new HashSet<>();
        for (int length = 0; length < 100; length++) {
            hashes.add(KeyHash.of(ByteBuffer.allocate(length)));
        }
        assertThat(hashes).hasSize(100);
    }
}
