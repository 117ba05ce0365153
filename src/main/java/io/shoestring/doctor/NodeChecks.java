package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.doctor.facts.NodeFacts;
import io.shoestring.doctor.facts.NodeFacts.Certificate;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.NodeStatus;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** This machine's node: its secrets, its certificates, and what it says if it runs. */
final class NodeChecks {
    private static final String HERE = "this machine";

    /** Two for each client. */
    private static final long FILES = 65_536;

    static final List<Check> ALL =
            List.of(
                    Check.node(
                            "secrets",
                            "only the node's account may read its secrets",
                            "Whoever reads the superuser's password, a key or the token can do"
                                    + " everything.",
                            NodeChecks::secrets),
                    Check.node(
                            "certificates",
                            "the cluster's certificates are good for long",
                            "A node whose certificate has ended is refused by the others. A"
                                    + " running node renews its own at half of its time.",
                            NodeChecks::certificates),
                    Check.node(
                            "node-files",
                            "the node may open enough files",
                            "Each client takes two: one to it, one to its server.",
                            node ->
                                    when(
                                            node.openFiles().orElse(Long.MAX_VALUE) < FILES,
                                            HINT,
                                            HERE,
                                            "A process may open "
                                                    + node.openFiles().orElse(0)
                                                    + " files.",
                                            "LimitNOFILE=1048576 in the node's unit, or ulimit -n"
                                                    + " before it is started")),
                    Check.node(
                            "node-versions",
                            "all nodes run the same Shoestring",
                            "They agree by messages of one version; a mixture is for the time of"
                                    + " an upgrade.",
                            NodeChecks::versions),
                    Check.node(
                            "nodes",
                            "all nodes are well",
                            "Each has a vote; without most of them nothing is decided.",
                            node ->
                                    nodes(node)
                                            .filter(found -> !found.healthy())
                                            .map(
                                                    found ->
                                                            new Symptom(
                                                                    WARNING,
                                                                    found.name(),
                                                                    found.state(),
                                                                    "look at that node: shoestring"
                                                                        + " events, and its log"))),
                    Check.node(
                            "covered",
                            "somebody could take over now",
                            "That is what all this is for.",
                            NodeChecks::covered));

    private NodeChecks() {}

    private static Stream<Symptom> when(
            boolean sick, Severity severity, String subject, String found, String mend) {
        return sick ? Stream.of(new Symptom(severity, subject, found, mend)) : Stream.empty();
    }

    private static Stream<Symptom> secrets(NodeFacts node) {
        return node.secrets().stream()
                .filter(secret -> !secret.permissions().endsWith("------"))
                .map(
                        secret ->
                                new Symptom(
                                        secret.permissions().endsWith("---") ? WARNING : DANGER,
                                        HERE,
                                        secret.file() + " is " + secret.permissions() + ".",
                                        "chmod 600 " + secret.file()));
    }

    /** A node renews at half of the time: what is in its last quarter was not. */
    private static Stream<Symptom> certificates(NodeFacts node) {
        return node.certificates().stream()
                .filter(
                        found ->
                                left(node, found)
                                                .compareTo(
                                                        Duration.between(
                                                                        found.from(), found.until())
                                                                .dividedBy(4))
                                        < 0)
                .map(
                        found ->
                                new Symptom(
                                        left(node, found).isNegative() ? DANGER : WARNING,
                                        HERE,
                                        found.file() + " ends at " + found.until() + ".",
                                        found.renewed()
                                                ? "start the node, which renews it; if it is over:"
                                                        + " shoestring token on another node,"
                                                        + " shoestring join here"
                                                : "make the cluster's identity anew: shoestring"
                                                        + " init, and join on each machine"));
    }

    private static Duration left(NodeFacts node, Certificate certificate) {
        return Duration.between(node.now(), certificate.until());
    }

    private static Stream<NodeStatus> nodes(NodeFacts node) {
        return node.status().stream().map(ClusterStatus::nodes).flatMap(List::stream);
    }

    private static Stream<Symptom> versions(NodeFacts node) {
        List<NodeStatus> heard = nodes(node).filter(found -> !found.version().isEmpty()).toList();
        return when(
                heard.stream().map(NodeStatus::version).distinct().count() > 1,
                WARNING,
                "the nodes",
                String.join(
                                ", ",
                                heard.stream()
                                        .map(found -> found.name() + " runs " + found.version())
                                        .toList())
                        + ".",
                "install the newest on all, one after the other");
    }

    private static Stream<Symptom> covered(NodeFacts node) {
        return node.status().stream()
                .map(ClusterStatus::databases)
                .flatMap(List::stream)
                .filter(database -> !database.healthy())
                .map(NodeChecks::uncovered);
    }

    private static Symptom uncovered(DatabaseStatus database) {
        return new Symptom(
                DANGER,
                database.name(),
                database.summary() + " " + database.readiness(),
                "shoestring why " + database.name());
    }
}
