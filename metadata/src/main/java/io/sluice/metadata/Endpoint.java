package io.sluice.metadata;

import java.net.InetSocketAddress;

/** Host and port of a controller listener. */
public record Endpoint(String host, int port) {

    /** Reads {@code host:port}; the host of an IPv6 address stands in brackets. */
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        try {
            if (colon > 0) {
                int port = Integer.parseInt(text.substring(colon + 1));
                String host = text.substring(0, colon);
                if (host.startsWith("[") && host.endsWith("]")) {
                    host = host.substring(1, host.length() - 1);
                }
                if (!host.isBlank() && port >= 0 && port <= 65_535) {
                    return new Endpoint(host, port);
                }
            }
        } catch (NumberFormatException e) {
            // told below, with the whole text
        }
        throw new IllegalArgumentException("'%s' is not host:port".formatted(text));
    }

    InetSocketAddress unresolved() {
        return InetSocketAddress.createUnresolved(host, port);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
