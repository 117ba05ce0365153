package io.shoestring.config;

import io.shoestring.model.DatabaseName;
import io.shoestring.model.Follows;
import io.shoestring.model.IpPrefix;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What must hold between virtual addresses and the rest: known databases, and nobody's address. */
final class AddressChecks {
    private final Fields root;
    private final Problems problems;

    AddressChecks(Fields root, Problems problems) {
        this.root = root;
        this.problems = problems;
    }

    void run() {
        Fields addresses = root.table(Keys.ADDRESSES);
        References databases = new References("database", root.table(Keys.DATABASES), problems);
        References listeners = References.optional("listener", Keys.LISTENERS, root, problems);
        Map<String, String> owners = ownersOfNodes();
        for (String name : addresses.names()) {
            Fields fields = addresses.child(name);
            fields.value(Keys.FOLLOWS).flatMap(AddressChecks::database).ifPresent(databases::check);
            fields.value(Keys.FOLLOWS).flatMap(AddressChecks::listener).ifPresent(listeners::check);
            failback(fields);
            fields.value(Keys.ADDRESS).ifPresent(address -> claim(address, owners));
        }
    }

    /** The database whose members decide where an address may be. */
    static Optional<DatabaseName> database(Follows follows) {
        return switch (follows) {
            case Follows.PrimaryOf(var database) -> Optional.of(database);
            case Follows.ReplicaOf(var database) -> Optional.of(database);
            case Follows.HealthyListener _ -> Optional.empty();
        };
    }

    private static Optional<Placed<String>> database(Placed<Follows> follows) {
        return database(follows.value())
                .map(name -> new Placed<>(name.value(), follows.spot(), follows.written()));
    }

    private static Optional<Placed<String>> listener(Placed<Follows> follows) {
        return follows.value() instanceof Follows.HealthyListener(String name, _)
                ? Optional.of(new Placed<>(name, follows.spot(), follows.written()))
                : Optional.empty();
    }

    /** A database's addresses go where the database's members are. */
    private void failback(Fields fields) {
        boolean listener =
                fields.value(Keys.FOLLOWS)
                        .filter(it -> it.value() instanceof Follows.HealthyListener)
                        .isPresent();
        if (fields.names().contains("failback")
                && fields.value(Keys.FOLLOWS).isPresent()
                && !listener) {
            fields.value(Keys.FAILBACK)
                    .ifPresent(
                            failback ->
                                    problems.add(
                                            failback.spot(),
                                            "only an address that follows a listener can go back",
                                            Optional.of("leave it out")));
        }
    }

    private Map<String, String> ownersOfNodes() {
        Fields nodes = root.section(Keys.CLUSTER).table(Keys.NODES);
        Map<String, String> owners = new HashMap<>();
        for (String name : nodes.names()) {
            nodes.value(name, Keys.NODE)
                    .ifPresent(
                            host ->
                                    owners.put(
                                            Addresses.canonical(host.value()), "of node " + name));
        }
        return owners;
    }

    private void claim(Placed<IpPrefix> address, Map<String, String> owners) {
        String canonical = Addresses.canonical(address.value().address());
        String before = owners.putIfAbsent(canonical, "of " + address.spot().path());
        if (before != null) {
            problems.add(
                    address.spot(),
                    "%s is already the address %s".formatted(address.value().address(), before),
                    Optional.of("choose an address that no machine has"));
        }
    }
}
