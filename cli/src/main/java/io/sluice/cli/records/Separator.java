package io.sluice.cli.records;

import java.nio.charset.StandardCharsets;

/**
 * What stands between fields; {@code \t}, {@code \n}, {@code \0} and {@code \\} may be written out.
 */
final class Separator {

    private Separator() {}

    static byte[] bytes(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\' || i + 1 == text.length()) {
                plain.append(c);
                continue;
            }
            char escaped = text.charAt(++i);
            switch (escaped) {
                case 't' -> plain.append('\t');
                case 'n' -> plain.append('\n');
                case '0' -> plain.append('\0');
                case '\\' -> plain.append('\\');
                default -> plain.append(c).append(escaped);
            }
        }
        return plain.toString().getBytes(StandardCharsets.UTF_8);
    }
}
