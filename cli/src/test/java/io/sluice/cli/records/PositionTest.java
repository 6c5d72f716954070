package io.sluice.cli.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PositionTest {

    private static Optional<Position> parse(String text) {
        return Position.parse(text, ZoneOffset.UTC);
    }

    private static Optional<Position> at(String instant) {
        return Optional.of(new Position.AtTime(Instant.parse(instant)));
    }

    @Test
    void readsPlacesAndNumbers() {
        assertThat(parse("earliest")).contains(new Position.Earliest());
        assertThat(parse("latest")).contains(new Position.Latest());
        assertThat(parse("end")).contains(new Position.Latest());
        assertThat(parse("0")).contains(new Position.AtOffset(0));
        assertThat(parse("-10")).contains(new Position.BeforeEnd(10));
    }

    @Test
    void readsTimes() {
        assertThat(parse("2026-11-20")).isEqualTo(at("2026-11-20T00:00:00Z"));
        assertThat(parse("2026-11-20T08:00")).isEqualTo(at("2026-11-20T08:00:00Z"));
        assertThat(parse("2026-11-20 08:00:30")).isEqualTo(at("2026-11-20T08:00:30Z"));
        assertThat(parse("2026-11-20T08:00Z")).isEqualTo(at("2026-11-20T08:00:00Z"));
        assertThat(parse("2026-11-20T08:00:00.5+02:00")).isEqualTo(at("2026-11-20T06:00:00.5Z"));
        assertThat(Position.parse("2026-11-20T08:00", ZoneId.of("Europe/Berlin")))
                .isEqualTo(at("2026-11-20T07:00:00Z"));
    }

    @Test
    void refusesTheRest() {
        for (String text :
                new String[] {"", "yesterday", "1.5", "2026-13-01", "99999999999999999999"}) {
            assertThat(parse(text)).as(text).isEmpty();
        }
    }
}
