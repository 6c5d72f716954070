package io.sluice.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.junit.jupiter.api.Test;

final class NearestNameTest {

    @Test
    void findsWhatWasMeant() {
        List<String> names = List.of("orders", "order-items", "users");
        assertThat(NearestName.of("ordes", names)).contains("orders");
        assertThat(NearestName.of("Orders", names)).contains("orders");
        assertThat(NearestName.of("suers", names)).contains("users");
        assertThat(NearestName.of("payments", names)).isEmpty();
        assertThat(NearestName.of("x", List.of())).isEmpty();
        assertThat(NearestName.question("ordes", names)).isEqualTo(" Did you mean 'orders'?");
    }

    @Test
    void countsEdits() {
        assertThat(NearestName.distance("", "abc")).isEqualTo(3);
        assertThat(NearestName.distance("abc", "abc")).isZero();
        assertThat(NearestName.distance("abc", "acb")).isEqualTo(1);
        assertThat(NearestName.distance("kitten", "sitting")).isEqualTo(3);
    }

    @Test
    void errorsBecomeSentences() {
        Duration timeout = Duration.ofSeconds(30);
        assertThat(Explanation.of(new TimeoutException("no node"), "h:1", timeout))
                .contains("h:1", "30 s", "no node", "--timeout");
        assertThat(Explanation.of(new UnsupportedVersionException("no X"), "h:1", timeout))
                .contains("does not offer", "no X");
        assertThat(Explanation.of(new InvalidTopicException("bad name"), "h:1", timeout))
                .isEqualTo("the broker answered InvalidTopic: bad name");
        assertThat(Explanation.of(new Failure("plain"), "h:1", timeout)).isEqualTo("plain");
    }
}
