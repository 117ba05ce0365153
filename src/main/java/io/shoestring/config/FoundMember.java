package io.shoestring.config;

import io.shoestring.model.Endpoint;

import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * One member of a database, as far as it is sound.
 *
 * @param node by the file, or the node of the member's name, or the only node
 * @param address its own, or the node's
 */
record FoundMember(
        String database,
        String name,
        Fields fields,
        Optional<String> node,
        Optional<String> address) {
    /** The members of all databases, in the order of the file. */
    static List<FoundMember> all(Fields root) {
        return root.table(Keys.DATABASES).names().stream()
                .flatMap(database -> of(database, root).stream())
                .toList();
    }

    /** The members of one database, in the order of the file. */
    static List<FoundMember> of(String database, Fields root) {
        Fields members = root.table(Keys.DATABASES).child(database).table(Keys.MEMBERS);
        Fields nodes = root.section(Keys.CLUSTER).table(Keys.NODES);
        return members.names().stream()
                .map(name -> of(database, name, members.child(name), nodes))
                .toList();
    }

    private static FoundMember of(String database, String name, Fields fields, Fields nodes) {
        SequencedSet<String> names = nodes.names();
        Optional<String> only = names.stream().filter(_ -> names.size() == 1).findFirst();
        Optional<String> node =
                fields.value(Keys.MEMBER_NODE)
                        .map(Placed::value)
                        .or(() -> Optional.of(name).filter(names::contains))
                        .or(() -> only);
        Optional<String> address =
                fields.value(Keys.MEMBER_ADDRESS)
                        .or(() -> node.flatMap(found -> nodes.value(found, Keys.NODE)))
                        .map(Placed::value);
        return new FoundMember(database, name, fields, node, address);
    }

    /** Where it listens; empty unless both its node's address and its port are sound. */
    Optional<Endpoint> endpoint() {
        Optional<Integer> port = fields.value(Keys.PORT).map(Placed::value);
        return address.flatMap(host -> port.map(number -> new Endpoint(host, number)));
    }

    /** Of the keys. */
    String path() {
        return fields.spot().path();
    }
}
