package io.shoestring.simulation;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.MemberName;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The simulated servers by name, in the order of the configuration. */
final class Servers {
    private final Map<MemberName, Server> servers = new LinkedHashMap<>();

    Servers(DatabaseSpec spec, World world, Network network) {
        spec.members()
                .forEach(member -> servers.put(member.name(), new Server(member, world, network)));
    }

    Server of(MemberName name) {
        return requireNonNull(servers.get(name), "unknown member");
    }

    Set<MemberName> names() {
        return servers.keySet();
    }

    List<Server> all() {
        return List.copyOf(servers.values());
    }
}
