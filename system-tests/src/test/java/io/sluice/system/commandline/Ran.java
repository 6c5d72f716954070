package io.sluice.system.commandline;

import io.sluice.cli.Main;
import io.sluice.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A command that ran in this process against a broker, and what it left. */
record Ran(int exitCode, byte[] bytes, String err) {

    private static final JsonMapper JSON = JsonMapper.shared();

    static Ran with(String bootstrap, byte[] input, List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--bootstrap", bootstrap));
        return here(input, out, err, all);
    }

    /** For the commands that ask no broker. */
    static Ran alone(List<String> arguments) {
        return here(
                new byte[0], new ByteArrayOutputStream(), new ByteArrayOutputStream(), arguments);
    }

    private static Ran here(
            byte[] input,
            ByteArrayOutputStream out,
            ByteArrayOutputStream err,
            List<String> arguments) {
        int exitCode =
                Main.run(
                        Terminal.of(new ByteArrayInputStream(input), out, err),
                        arguments.toArray(String[]::new));
        return new Ran(exitCode, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    String out() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    JsonNode json() {
        return JSON.readTree(bytes);
    }
}
