package io.sluice.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** Reads how a broker is one of several, and says what is wrong with it. */
final class ClusterReader {

    private static final Set<Integer> QUORUMS = Set.of(1, 3, 5);

    private final UnaryOperator<String> text;
    private final int nodeId;
    private final List<Listener> listeners;
    private final List<Listener> advertised;
    private final List<String> faults;

    /**
     * @param text a setting's value, checked by its key; empty where there is none
     * @param listeners all of them, the controller's too
     * @param advertised of all of them, likewise
     * @param faults where what is wrong is told
     */
    ClusterReader(
            UnaryOperator<String> text,
            int nodeId,
            List<Listener> listeners,
            List<Listener> advertised,
            List<String> faults) {
        this.text = text;
        this.nodeId = nodeId;
        this.listeners = listeners;
        this.advertised = advertised;
        this.faults = faults;
    }

    private int integer(String name) {
        return Integer.parseInt(text.apply(name));
    }

    private boolean isForControllers(Listener listener) {
        return listener.name().equalsIgnoreCase(text.apply("controller.listener.names"));
    }

    /** Where clients are served. */
    List<Listener> forClients() {
        List<Listener> clients = listeners.stream().filter(one -> !isForControllers(one)).toList();
        if (clients.isEmpty() && !listeners.isEmpty()) {
            faults.add(
                    "listeners=%s has none for clients: add PLAINTEXT://HOST:PORT"
                            .formatted(text.apply("listeners")));
        }
        return clients;
    }

    /** What clients are told. */
    List<Listener> toldClients() {
        return advertised.stream().filter(one -> !isForControllers(one)).toList();
    }

    /** Where others find this broker's controller listener. */
    private BrokerConfig.Address address(List<BrokerConfig.Voter> voters, Listener controller) {
        for (BrokerConfig.Voter voter : voters) {
            if (voter.id() == nodeId) {
                return voter.address();
            }
        }
        Listener told =
                advertised.stream().filter(this::isForControllers).findFirst().orElse(controller);
        if (told.isWildcard() || told.port() == 0) {
            faults.add(
                    "others cannot find %s: add %s://HOST:PORT to advertised.listeners"
                            .formatted(told, controller.name()));
        }
        return new BrokerConfig.Address(told.host(), told.port());
    }

    /** How it is one of several; empty for a broker by itself. */
    Optional<BrokerConfig.Cluster> cluster() {
        List<BrokerConfig.Voter> voters = voters();
        List<BrokerConfig.Address> bootstrap = bootstrap();
        Optional<Listener> controller =
                listeners.stream().filter(this::isForControllers).findFirst();
        String name = text.apply("controller.listener.names");
        if (!name.isEmpty() && controller.isEmpty()) {
            faults.add(
                    "controller.listener.names=%s is not among listeners=%s: add %s://HOST:PORT there"
                            .formatted(name, text.apply("listeners"), name));
        }
        if (voters.isEmpty() && bootstrap.isEmpty()) {
            if (!name.isEmpty()) {
                faults.add(
                        "controller.listener.names=%s without a quorum: set".formatted(name)
                                + " controller.quorum.voters or controller.quorum.bootstrap.servers,"
                                + " or leave it out");
            }
            return Optional.empty();
        }
        if (name.isEmpty()) {
            faults.add(
                    "a quorum without controller.listener.names: name the one of listeners that"
                            + " keeps the metadata log, such as CONTROLLER");
        }
        int session = integer("broker.session.timeout.ms");
        int heartbeat = integer("broker.heartbeat.interval.ms");
        if (2 * heartbeat > session) {
            faults.add(
                    "broker.heartbeat.interval.ms=%d is more than half of broker.session.timeout.ms=%d:"
                                    .formatted(heartbeat, session)
                            + " lower it");
        }
        controller.ifPresent(listener -> agree(voters, listener));
        return controller.map(listener ->
                new BrokerConfig.Cluster(
                        voters,
                        bootstrap,
                        listener,
                        address(voters, listener),
                        integer("controller.quorum.election.timeout.ms"),
                        session,
                        heartbeat));
    }

    /** Others find this broker where the voters are said to be. */
    private void agree(List<BrokerConfig.Voter> voters, Listener controller) {
        for (BrokerConfig.Voter voter : voters) {
            if (voter.id() == nodeId && voter.address().port() != controller.port()) {
                faults.add(
                        "controller.quorum.voters has broker %d at port %d, %s is another port: make"
                                        .formatted(nodeId, voter.address().port(), controller)
                                + " them agree");
            }
        }
    }

    BrokerConfig.Replication replication() {
        String named = text.apply("inter.broker.listener.name");
        Optional<String> first =
                listeners.stream()
                        .filter(one -> !isForControllers(one))
                        .map(Listener::name)
                        .filter(name -> named.isEmpty() || name.equalsIgnoreCase(named))
                        .findFirst();
        if (!named.isEmpty() && first.isEmpty()) {
            faults.add(
                    "inter.broker.listener.name=%s is none of the listeners for clients: %s"
                            .formatted(named, text.apply("listeners")));
        }
        return new BrokerConfig.Replication(
                first.orElse(""),
                Long.parseLong(text.apply("replica.lag.time.max.ms")),
                integer("replica.fetch.max.bytes"),
                integer("replica.fetch.response.max.bytes"),
                integer("replica.fetch.wait.max.ms"),
                integer("replica.fetch.backoff.ms"),
                text.apply("replica.selector.class").equals(ClusterKeys.NEAREST));
    }

    private List<BrokerConfig.Voter> voters() {
        String key = "controller.quorum.voters";
        List<BrokerConfig.Voter> voters = new ArrayList<>();
        Set<Integer> ids = new TreeSet<>();
        for (String one : ConfigKey.words(text.apply(key))) {
            int at = one.indexOf('@');
            Optional<Integer> id = at < 1 ? Optional.empty() : number(one.substring(0, at));
            Optional<BrokerConfig.Address> address = address(one.substring(at + 1));
            if (id.isEmpty() || address.isEmpty()) {
                faults.add("%s=%s is not valid: write ID@HOST:PORT".formatted(key, one));
            } else if (!ids.add(id.get())) {
                faults.add("%s names broker %d twice: change one".formatted(key, id.get()));
            } else {
                voters.add(new BrokerConfig.Voter(id.get(), address.get()));
            }
        }
        if (!voters.isEmpty() && !QUORUMS.contains(voters.size())) {
            faults.add(
                    "%s has %d brokers: a quorum is of one, three or five"
                            .formatted(key, voters.size()));
        }
        return List.copyOf(voters);
    }

    private List<BrokerConfig.Address> bootstrap() {
        String key = "controller.quorum.bootstrap.servers";
        List<BrokerConfig.Address> all = new ArrayList<>();
        for (String one : ConfigKey.words(text.apply(key))) {
            address(one)
                    .ifPresentOrElse(
                            all::add,
                            () ->
                                    faults.add(
                                            "%s=%s is not valid: write HOST:PORT"
                                                    .formatted(key, one)));
        }
        return List.copyOf(all);
    }

    private static Optional<BrokerConfig.Address> address(String text) {
        return switch (Listener.read("ADDRESS://" + text)) {
            case Listener.Reading.Read(Listener read)
                    when !read.host().isEmpty() && read.port() > 0 ->
                    Optional.of(new BrokerConfig.Address(read.host(), read.port()));
            case Listener.Reading.Read other -> Optional.empty();
            case Listener.Reading.Refused refused -> Optional.empty();
        };
    }

    private static Optional<Integer> number(String text) {
        try {
            int number = Integer.parseInt(text);
            return number >= 0 ? Optional.of(number) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
