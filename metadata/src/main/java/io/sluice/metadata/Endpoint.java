package io.sluice.metadata;

import java.net.InetSocketAddress;

/** Host and port of a controller listener. */
public record Endpoint(String host, int port) {

    InetSocketAddress unresolved() {
        return InetSocketAddress.createUnresolved(host, port);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
