package io.sluice.engine.view;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a reader names a view: {@code sluice:NAME;KEY=VALUE;...} in the place of its rack. What
 * stands for itself in a key or a value is any ASCII character but {@code ;}, {@code %} and space,
 * and in a key {@code =}; any byte may be written as {@code %} and two hexadecimal digits.
 *
 * @param values by key, each as its bytes
 */
public record ViewName(String name, Map<String, byte[]> values) {

    /** What no rack begins with. */
    public static final String PREFIX = "sluice:";

    /** More than any use of it needs. */
    private static final int MAX_CHARACTERS = 8 << 10;

    /** Says what is wrong with a name, for whoever gave it. */
    public static final class BadNameException extends Exception {
        private static final long serialVersionUID = 1L;

        public BadNameException(String message) {
            super(message);
        }
    }

    /** Whether a rack is none, but names a view. */
    public static boolean isOne(String rack) {
        return rack.startsWith(PREFIX);
    }

    /**
     * Reads a name.
     *
     * @param rack {@link #isOne} of which is true
     */
    public static ViewName parse(String rack) throws BadNameException {
        if (rack.length() > MAX_CHARACTERS) {
            throw new BadNameException("a view's name of %d characters".formatted(rack.length()));
        }
        String[] parts = rack.substring(PREFIX.length()).split(";", -1);
        Map<String, byte[]> values = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals <= 0) {
                throw new BadNameException("'%s' is not KEY=VALUE".formatted(parts[i]));
            }
            String key = new String(plain(parts[i].substring(0, equals)), StandardCharsets.UTF_8);
            if (values.put(key, plain(parts[i].substring(equals + 1))) != null) {
                throw new BadNameException("'%s' is there twice".formatted(key));
            }
        }
        return new ViewName(parts[0], values);
    }

    private static byte[] plain(String escaped) throws BadNameException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < escaped.length(); i++) {
            char at = escaped.charAt(i);
            if (at == '%') {
                int high = digit(escaped, i + 1);
                int low = digit(escaped, i + 2);
                if (high < 0 || low < 0) {
                    throw new BadNameException("'%s': %% without two digits".formatted(escaped));
                }
                bytes.write(high * 16 + low);
                i += 2;
            } else if (at <= ' ' || at > '~') {
                throw new BadNameException(
                        "'%s': escape what is not plain ASCII".formatted(escaped));
            } else {
                bytes.write(at);
            }
        }
        return bytes.toByteArray();
    }

    private static int digit(String text, int at) {
        return at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
    }

    /** The value as text, or null. */
    public @Nullable String text(String key) {
        byte[] value = values.get(key);
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    /** The value as text. */
    public String required(String key) throws BadNameException {
        String value = text(key);
        if (value == null || value.isEmpty()) {
            throw new BadNameException("the view '%s' needs %s=...".formatted(name, key));
        }
        return value;
    }

    /** The value as a number that is not negative, or another if there is none. */
    public long number(String key, long otherwise) throws BadNameException {
        String value = text(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.matches("\\d{1,18}")) {
            throw new BadNameException("%s=%s is no number".formatted(key, value));
        }
        return Long.parseLong(value);
    }

    /**
     * Refuses keys that the view does not know: a mistyped filter would show too much.
     *
     * @param keys one that ends with a dot stands for all that begin so
     */
    public void allow(Set<String> keys) throws BadNameException {
        for (String key : values.keySet()) {
            String family = key.substring(0, key.indexOf('.') + 1);
            if (!keys.contains(key) && (family.isEmpty() || !keys.contains(family))) {
                throw new BadNameException(
                        "the view '%s' knows no '%s', but %s".formatted(name, key, keys));
            }
        }
    }
}
