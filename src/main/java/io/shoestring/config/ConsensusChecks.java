package io.shoestring.config;

import io.shoestring.config.Key.Value;

import java.util.List;
import java.util.Optional;

/** What must hold between the keys of {@code consensus}, and of its port. */
final class ConsensusChecks {
    private final Fields cluster;
    private final Fields fields;
    private final Problems problems;

    ConsensusChecks(Fields root, Problems problems) {
        this.cluster = root.section(Keys.CLUSTER);
        this.fields = root.section(ConsensusKeys.CONSENSUS);
        this.problems = problems;
    }

    void run() {
        checkPort();
        if (!fields.isReadable()) {
            return;
        }
        requireTogether(ConsensusKeys.ETCD_USER, ConsensusKeys.ETCD_PASSWORD_FILE);
        requireTogether(ConsensusKeys.ETCD_CERTIFICATE_FILE, ConsensusKeys.ETCD_KEY_FILE);
        List<String> written =
                fields.names().stream()
                        .filter(name -> !name.equals(ConsensusKeys.ETCD.name()))
                        .toList();
        if (!written.isEmpty() && !fields.names().contains(ConsensusKeys.ETCD.name())) {
            problems.add(
                    fields.spot().child(ConsensusKeys.ETCD.name()),
                    "is missing; expected " + FieldsReader.expected(ConsensusKeys.ETCD),
                    Optional.of("the other keys of consensus say how to get into an etcd"));
        }
    }

    private void checkPort() {
        Optional<Integer> channel = cluster.value(Keys.CLUSTER_PORT).map(Placed::value);
        cluster.value(Keys.CONSENSUS_PORT)
                .filter(port -> channel.equals(Optional.of(port.value())))
                .ifPresent(
                        port ->
                                problems.add(
                                        port.spot(),
                                        port.value() + " is also cluster.port",
                                        Optional.of("choose another port for one of them")));
    }

    private void requireTogether(Value<?> one, Value<?> other) {
        requireWith(one, other);
        requireWith(other, one);
    }

    private void requireWith(Value<?> there, Value<?> needed) {
        if (fields.names().contains(there.name()) && !fields.names().contains(needed.name())) {
            problems.add(
                    fields.spot().child(needed.name()),
                    "is missing, but there is "
                            + there.name()
                            + "; expected "
                            + needed.format().expected());
        }
    }
}
