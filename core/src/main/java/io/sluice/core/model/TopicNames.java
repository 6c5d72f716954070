package io.sluice.core.model;

import java.util.Optional;

/** What a topic may be called: it names folders and metrics. */
public final class TopicNames {

    /** Longer names make no folder name. */
    public static final int MAX_LENGTH = 249;

    private TopicNames() {}

    /** One sentence about what is wrong with a name, or empty. */
    public static Optional<String> invalid(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            return Optional.of("\"%s\" is no topic name: give another one".formatted(name));
        }
        if (name.length() > MAX_LENGTH) {
            return Optional.of(
                    "a topic name of %d characters is too long: give at most %d"
                            .formatted(name.length(), MAX_LENGTH));
        }
        for (int i = 0; i < name.length(); i++) {
            if (!isAllowed(name.charAt(i))) {
                return Optional.of(
                        "topic name %s has a character that is not allowed: use a-z, A-Z, 0-9,"
                                        .formatted(name)
                                + " '.', '_' and '-'");
            }
        }
        return Optional.empty();
    }

    private static boolean isAllowed(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }

    /** One sentence about two names that are one where '.' is written as '_'. */
    public static String collision(String name, String other) {
        return "topic name %s collides with %s: they differ in '.' and '_' alone"
                .formatted(name, other);
    }
}
