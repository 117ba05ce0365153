package io.shoestring.config;

import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What must hold between members, nodes and directories: nothing unknown, nothing shared. */
final class MemberChecks {
    private final Fields root;
    private final Path base;
    private final Problems problems;
    private final List<FoundMember> members;
    private final Set<String> observed;

    MemberChecks(Fields root, Path base, Problems problems) {
        this.root = root;
        this.base = base;
        this.problems = problems;
        this.members = FoundMember.all(root);
        this.observed = EngineChecks.observed(root);
    }

    void run() {
        checkNodes();
        members.forEach(this::checkHandled);
        new UpstreamChecks(root, problems).run();
        checkPorts();
        checkDataDirectories();
    }

    private void checkNodes() {
        Fields nodes = root.section(Keys.CLUSTER).table(Keys.NODES);
        References references = new References("node", nodes, problems);
        for (FoundMember member : members) {
            Fields fields = member.fields();
            fields.value(Keys.MEMBER_NODE).ifPresent(references::check);
            if (observed(member)) {
                continue;
            }
            boolean unsaid = fields.isReadable() && !fields.names().contains("node");
            if (unsaid && member.node().isEmpty() && references.areKnown()) {
                problems.add(
                        fields.spot().child("node"),
                        "is missing; expected " + references.alternatives());
            }
        }
    }

    private boolean observed(FoundMember member) {
        return observed.contains(member.database());
    }

    /** What only makes sense of a server that is handled, or of one that is not. */
    private void checkHandled(FoundMember member) {
        Fields fields = member.fields();
        if (!fields.isReadable()) {
            return;
        }
        if (!observed(member)) {
            if (!fields.names().contains(Keys.DATA.name())) {
                problems.add(
                        fields.spot().child(Keys.DATA.name()),
                        "is missing; expected " + Keys.DATA.format().expected());
            }
            leaveOut(fields, List.of(Keys.MEMBER_ADDRESS), "is for databases with manage: no");
            checkDelayed(fields);
            return;
        }
        leaveOut(
                fields,
                List.of(
                        Keys.MEMBER_NODE,
                        Keys.DATA,
                        Keys.CONFIG_FILE,
                        Keys.PRIORITY,
                        Keys.DELAY,
                        Keys.UPSTREAM),
                "is for databases that are managed");
        if (member.address().isEmpty() && !fields.names().contains("address")) {
            problems.add(
                    fields.spot().child("address"),
                    "is missing; expected " + Keys.MEMBER_ADDRESS.format().expected());
        }
    }

    /** The default, written out, is no wish. */
    private void checkDelayed(Fields fields) {
        if (fields.names().contains(Keys.DELAY.name())) {
            fields.value(Keys.PRIORITY)
                    .filter(priority -> priority.value() > 1)
                    .ifPresent(
                            priority ->
                                    problems.add(
                                            priority.spot(),
                                            "is for members that may be promoted, and one with a"
                                                    + " delay never is",
                                            Optional.of("leave it out")));
        }
    }

    private void leaveOut(Fields fields, List<Key.Value<?>> keys, String why) {
        keys.stream()
                .map(Key.Value::name)
                .filter(fields.names()::contains)
                .forEach(
                        name ->
                                problems.add(
                                        fields.spot().child(name),
                                        why,
                                        Optional.of("leave it out")));
    }

    private void checkPorts() {
        Map<Endpoint, FoundMember> taken = new HashMap<>();
        for (FoundMember member : members) {
            Keys.NODE_PORTS.forEach(key -> checkNodePort(member, key));
            Optional<Endpoint> endpoint = member.endpoint();
            Optional<FoundMember> other =
                    endpoint.flatMap(at -> Optional.ofNullable(taken.putIfAbsent(at, member)));
            other.ifPresent(
                    first ->
                            report(
                                    member.fields().value(Keys.PORT).orElseThrow(),
                                    endpoint.orElseThrow() + " is also the address of",
                                    first,
                                    "give each member its own port"));
        }
    }

    private void checkNodePort(FoundMember member, Key.Value<Integer> key) {
        Optional<Integer> taken = root.section(Keys.CLUSTER).value(key).map(Placed::value);
        member.fields()
                .value(Keys.PORT)
                .filter(port -> taken.equals(Optional.of(port.value())))
                .ifPresent(
                        port ->
                                problems.add(
                                        port.spot(),
                                        port.value() + " is also cluster." + key.name(),
                                        Optional.of("choose another port for one of them")));
    }

    private void checkDataDirectories() {
        Map<String, Map<Path, FoundMember>> takenByAddress = new HashMap<>();
        for (FoundMember member : members) {
            Optional<Placed<Path>> data = member.fields().value(Keys.DATA);
            Optional<String> address = member.address();
            data.ifPresent(this::checkStateOutside);
            if (data.isPresent() && address.isPresent()) {
                var taken = takenByAddress.computeIfAbsent(address.get(), _ -> new HashMap<>());
                Optional.ofNullable(taken.putIfAbsent(resolve(data.get()), member))
                        .ifPresent(first -> sameData(data.get(), first));
            }
        }
        for (FoundMember member : members) {
            member.address()
                    .map(takenByAddress::get)
                    .ifPresent(taken -> checkNotInside(member, taken));
        }
    }

    private void sameData(Placed<Path> data, FoundMember first) {
        report(data, "is also the data directory of", first, "give each member its own directory");
    }

    /** A base backup or a clean-up of the outer directory would take the inner one with it. */
    private void checkNotInside(FoundMember member, Map<Path, FoundMember> taken) {
        Optional<Placed<Path>> data = member.fields().value(Keys.DATA);
        data.flatMap(placed -> nearestAbove(resolve(placed), taken))
                .ifPresent(
                        outer ->
                                report(
                                        data.orElseThrow(),
                                        "lies inside the data directory of",
                                        outer,
                                        "give each member its own directory"));
    }

    private static Optional<FoundMember> nearestAbove(Path path, Map<Path, FoundMember> taken) {
        Path above = path.getParent();
        while (above != null && !taken.containsKey(above)) {
            above = above.getParent();
        }
        return Optional.ofNullable(above).map(taken::get);
    }

    private void checkStateOutside(Placed<Path> data) {
        root.section(Keys.CLUSTER)
                .value(Keys.DIRECTORY)
                .filter(state -> resolve(state).startsWith(resolve(data)))
                .ifPresent(
                        state ->
                                problems.add(
                                        data.spot(),
                                        "holds cluster.directory (" + resolve(state) + ")",
                                        Optional.of("keep the node's state outside")));
    }

    private Path resolve(Placed<Path> path) {
        return base.resolve(path.value()).normalize();
    }

    private void report(Placed<?> value, String message, FoundMember other, String hint) {
        problems.add(value.spot(), message + " " + other.path(), Optional.of(hint));
    }
}
