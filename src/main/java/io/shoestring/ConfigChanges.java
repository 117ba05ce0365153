package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** How two configurations differ: what a person wants to know, and what may not be. */
final class ConfigChanges {
    private final ShoestringConfig before;
    private final ShoestringConfig after;

    ConfigChanges(ShoestringConfig before, ShoestringConfig after) {
        this.before = requireNonNull(before, "before is null");
        this.after = requireNonNull(after, "after is null");
    }

    /** Whether the agents and the decision have to begin anew. */
    boolean touchDatabases() {
        return !before.cluster().equals(after.cluster())
                || !before.databases().equals(after.databases());
    }

    /** Whether virtual addresses are different. */
    boolean touchAddresses() {
        return !before.addresses().equals(after.addresses());
    }

    /** A clause for each part that is new, gone or changed. */
    List<String> clauses() {
        List<String> clauses = new ArrayList<>();
        compare("node", before.cluster().nodes(), after.cluster().nodes(), clauses);
        compare("database", before.databases(), after.databases(), clauses);
        compare("listener", before.listeners(), after.listeners(), clauses);
        compare("backend", before.backends(), after.backends(), clauses);
        compare("user", before.admin().users(), after.admin().users(), clauses);
        compare("address", byName(before.addresses()), byName(after.addresses()), clauses);
        return clauses;
    }

    private static Map<AddressName, AddressSpec> byName(List<AddressSpec> addresses) {
        Map<AddressName, AddressSpec> named = new LinkedHashMap<>();
        addresses.forEach(address -> named.put(address.name(), address));
        return named;
    }

    private static <K, V> void compare(
            String kind, Map<K, V> before, Map<K, V> after, List<String> clauses) {
        after.forEach(
                (name, now) -> {
                    V then = before.get(name);
                    if (then == null) {
                        clauses.add(kind + " " + name + " is new");
                    } else if (!then.equals(now)) {
                        clauses.add(kind + " " + name + " changes");
                    }
                });
        before.keySet().stream()
                .filter(name -> !after.containsKey(name))
                .forEach(name -> clauses.add(kind + " " + name + " goes"));
    }

    /** A sentence for each difference that a running node cannot take up. */
    List<String> refusals() {
        List<String> refusals = new ArrayList<>();
        refuseUnlessSame("cluster.name", before.cluster().name(), after.cluster().name(), refusals);
        refuseUnlessSame(
                "cluster.directory",
                before.cluster().directory(),
                after.cluster().directory(),
                refusals);
        refuseUnlessSame(
                "cluster.watchdog",
                before.cluster().watchdog(),
                after.cluster().watchdog(),
                refusals);
        refuseUnlessSame("cluster.port", before.cluster().port(), after.cluster().port(), refusals);
        refuseUnlessSame(
                "cluster.consensus-port",
                before.cluster().consensusPort(),
                after.cluster().consensusPort(),
                refusals);
        refuseUnlessSame("consensus", before.consensus(), after.consensus(), refusals);
        refuseUnlessSame(
                "admin",
                before.admin().withUsers(Map.of()),
                after.admin().withUsers(Map.of()),
                refusals);
        before.cluster().nodes().forEach((node, address) -> refuseMove(node, address, refusals));
        before.databases()
                .forEach(
                        (name, database) -> {
                            DatabaseConfig now = after.databases().get(name);
                            if (now != null) {
                                refuseMoves(database, now, refusals);
                            }
                        });
        return refusals;
    }

    private static void refuseUnlessSame(
            String key, Object before, Object after, List<String> refusals) {
        if (!before.equals(after)) {
            refusals.add(
                    key
                            + ": cannot change while the nodes run. Stop them all, change it in the"
                            + " file of each, and start them.");
        }
    }

    private void refuseMove(NodeName node, String address, List<String> refusals) {
        String now = after.cluster().nodes().getOrDefault(node, address);
        if (!now.equals(address)) {
            refusals.add(
                    ("cluster.nodes.%s: a node cannot move from %s to %s while it runs. Take it out"
                                    + " of the file and apply that, then put it in anew and join.")
                            .formatted(node, address, now));
        }
    }

    private static void refuseMoves(
            DatabaseConfig before, DatabaseConfig after, List<String> refusals) {
        if (before.managed() != after.managed()) {
            refusals.add(
                    ("databases.%s.manage: cannot change while the nodes run. Pause the database,"
                                    + " stop them all, change it in the file of each, and start"
                                    + " them.")
                            .formatted(before.name()));
        }
        for (Map.Entry<MemberName, DatabaseConfig.Member> each : before.members().entrySet()) {
            DatabaseConfig.Member then = each.getValue();
            DatabaseConfig.Member now = after.members().getOrDefault(each.getKey(), then);
            boolean moves =
                    !then.node().equals(now.node())
                            || !then.data().equals(now.data())
                            || then.port() != now.port();
            if (moves) {
                refusals.add(
                        ("databases.%s.members.%s: a member cannot get another node, directory or"
                                        + " port while it runs. Take it out of the file and apply"
                                        + " that, then put it in anew.")
                                .formatted(before.name(), each.getKey()));
            }
        }
        if (!Objects.equals(before.programs(), after.programs())
                || !before.superuser().equals(after.superuser())) {
            refusals.add(
                    ("databases.%s: its programs and its superuser cannot change while the nodes"
                                    + " run. Stop them all, change it in the file of each, and"
                                    + " start them.")
                            .formatted(before.name()));
        }
    }
}
