package io.shoestring.config;

import io.shoestring.model.Endpoint;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What must hold within a backend: no server twice. */
final class BackendChecks {
    private final Fields backends;
    private final Problems problems;

    BackendChecks(Fields root, Problems problems) {
        this.backends = root.table(BackendKeys.BACKENDS);
        this.problems = problems;
    }

    void run() {
        backends.names().forEach(name -> check(backends.child(name).table(BackendKeys.SERVERS)));
    }

    private void check(Fields servers) {
        Map<Endpoint, String> ownerByAddress = new HashMap<>();
        for (String name : servers.names()) {
            Fields server = servers.child(name);
            server.value(BackendKeys.SERVER_ADDRESS)
                    .ifPresent(address -> claim(address, server.spot().path(), ownerByAddress));
        }
    }

    private void claim(
            Placed<Endpoint> address, String owner, Map<Endpoint, String> ownerByAddress) {
        String first = ownerByAddress.putIfAbsent(address.value(), owner);
        if (first != null) {
            problems.add(
                    address.spot(),
                    "%s is also the address of %s".formatted(address.value(), first),
                    Optional.of("give a server one entry, and the weight that it should have"));
        }
    }
}
