package io.sluice.core.config;

import java.util.Locale;
import java.util.Optional;

/**
 * One address of a broker, written {@code NAME://HOST:PORT}.
 *
 * @param name by which the address is told from others; "PLAINTEXT" where there is one
 * @param host empty listens on every address; an IPv6 address is written in brackets, kept without
 * @param port 0 takes a free one
 */
public record Listener(String name, String host, int port) {

    private static final int MAX_PORT = 65_535;

    /** The address that a text names, or one sentence about what is wrong with it. */
    sealed interface Reading {
        record Read(Listener listener) implements Reading {}

        record Refused(String remedy) implements Reading {}
    }

    static Reading read(String text) {
        int scheme = text.indexOf("://");
        int colon = text.lastIndexOf(':');
        if (scheme < 1 || colon <= scheme) {
            return new Reading.Refused("write NAME://HOST:PORT");
        }
        String name = text.substring(0, scheme).toUpperCase(Locale.ROOT);
        if (name.contains("SSL") || name.contains("SASL")) {
            return new Reading.Refused("TLS and SASL are not served, write PLAINTEXT://HOST:PORT");
        }
        String host = text.substring(scheme + 3, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.contains(":") != bracketed) {
            return new Reading.Refused("write an IPv6 address in brackets, and no other");
        }
        if (host.chars().anyMatch(c -> c <= ' ' || c == '/' || c == '@')) {
            return new Reading.Refused("\"%s\" is not a host".formatted(host));
        }
        Optional<Integer> port = port(text.substring(colon + 1));
        return port.isEmpty()
                ? new Reading.Refused("give a port from 0 to " + MAX_PORT)
                : new Reading.Read(new Listener(name, host, port.get()));
    }

    private static Optional<Integer> port(String text) {
        try {
            int port = Integer.parseInt(text);
            return port >= 0 && port <= MAX_PORT ? Optional.of(port) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Whether it stands for every address of the machine, and so for none a client could use. */
    public boolean isWildcard() {
        return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
    }

    @Override
    public String toString() {
        return "%s://%s:%d".formatted(name, host.contains(":") ? "[" + host + "]" : host, port);
    }
}
