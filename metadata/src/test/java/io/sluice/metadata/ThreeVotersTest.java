package io.sluice.metadata;

import org.junit.jupiter.api.BeforeEach;

/** The port's contract, kept by three voters, as seen by the one that leads. */
final class ThreeVotersTest extends RatisMetadataLogTest {

    @Override
    int[] voters() {
        return new int[] {1, 2, 3};
    }

    @BeforeEach
    void startTheOthers() {
        brokers.start(2);
        brokers.start(3);
    }

    /** The contract waits for leadership: whoever has it hands it over. */
    @Override
    void whileWaiting() {
        for (Brokers.Broker other : brokers.running()) {
            if (other.leads()) {
                other.log.handOverTo(1);
            }
        }
    }
}
