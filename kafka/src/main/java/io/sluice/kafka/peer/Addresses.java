package io.sluice.kafka.peer;

import io.sluice.core.controller.BrokerImage;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where other brokers are reached.
 *
 * @param listener whose endpoint is connected to (inter.broker.listener.name)
 * @param io where names are looked up
 */
record Addresses(String listener, IoThreads io) {

    Optional<BrokerImage.Endpoint> endpoint(BrokerImage broker) {
        return broker.endpoints().stream()
                .filter(one -> one.listener().equals(listener))
                .findFirst();
    }

    /**
     * A name may take its time, so it is looked up off the loop; an address is not.
     *
     * @param found once, on the loop
     */
    void resolve(
            BrokerImage.Endpoint endpoint, EventLoop loop, Completion<InetSocketAddress> found) {
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(endpoint.host());
        } catch (IllegalArgumentException notAnAddress) {
            io.call(
                    IoThreads.Lane.READ,
                    () ->
                            new InetSocketAddress(
                                    InetAddress.getByName(endpoint.host()), endpoint.port()),
                    loop,
                    found);
            return;
        }
        found.succeeded(new InetSocketAddress(address, endpoint.port()));
    }
}
