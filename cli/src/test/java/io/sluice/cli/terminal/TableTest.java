package io.sluice.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TableTest {

    private static String print(Table table, boolean colours) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        table.print(new PrintStream(out, true, StandardCharsets.UTF_8), new Style(colours));
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void alignsColumns() {
        Table table = new Table("NAME", "N", "STATE").right(1);
        table.row("a", 1, "ok");
        table.row("größer", 1000, "not ok");
        assertThat(print(table, false).lines())
                .containsExactly("NAME       N  STATE", "a          1  ok", "größer  1000  not ok");
    }

    @Test
    void coloursDoNotMoveColumns() {
        Table table = new Table("NAME", "N");
        table.row(new Style(true)::bad, "a", 1);
        table.row("bb", 2);
        String plain = print(table, true).replaceAll("\u001b\\[\\d+m", "");
        assertThat(plain.lines()).containsExactly("NAME  N", "a     1", "bb    2");
    }

    @Test
    void noColourIsHonoured() {
        assertThat(Terminal.wantsColours(Map.of("TERM", "xterm"))).isTrue();
        assertThat(Terminal.wantsColours(Map.of("NO_COLOR", "1"))).isFalse();
        assertThat(Terminal.wantsColours(Map.of("NO_COLOR", ""))).isTrue();
        assertThat(Terminal.wantsColours(Map.of("TERM", "dumb"))).isFalse();
        assertThat(new Style(false).bold("x")).isEqualTo("x");
    }

    @Test
    void jsonIsOneLine() {
        assertThat(
                        Json.text(
                                Json.object(
                                        "text",
                                        "a\n\"b\"",
                                        "none",
                                        null,
                                        "list",
                                        List.of(1, 2L, 0.5, true))))
                .isEqualTo("{\"text\":\"a\\n\\\"b\\\"\",\"none\":null,\"list\":[1,2,0.5,true]}");
    }
}
