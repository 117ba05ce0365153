package io.shoestring.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** From whom members get their log: from another member of their database, and never in a ring. */
final class UpstreamChecks {
    private final Fields root;
    private final Problems problems;

    UpstreamChecks(Fields root, Problems problems) {
        this.root = root;
        this.problems = problems;
    }

    void run() {
        FoundMember.all(root).forEach(this::check);
    }

    private void check(FoundMember member) {
        Optional<Placed<String>> upstream = member.fields().value(Keys.UPSTREAM);
        if (upstream.isEmpty() || EngineChecks.observed(root).contains(member.database())) {
            return;
        }
        Fields members = members(member);
        new References("member", members, problems).check(upstream.get());
        if (members.names().contains(upstream.get().value())) {
            checkWay(member, upstream.get());
            checkDelay(members.child(upstream.get().value()), upstream.get());
        }
    }

    private Fields members(FoundMember member) {
        return root.table(Keys.DATABASES).child(member.database()).table(Keys.MEMBERS);
    }

    private void checkWay(FoundMember member, Placed<String> upstream) {
        List<String> way = new ArrayList<>(List.of(member.name()));
        Optional<String> next = Optional.of(upstream.value());
        while (next.isPresent() && !way.contains(next.get())) {
            way.add(next.get());
            next =
                    members(member)
                            .child(next.get())
                            .value(Keys.UPSTREAM)
                            .map(Placed::value)
                            .filter(members(member).names()::contains);
        }
        // A ring is told at each of its members, and not at those who lead into it.
        if (next.equals(Optional.of(member.name()))) {
            problems.add(
                    upstream.spot(),
                    way.size() == 1
                            ? "is the member itself"
                            : "is a ring: " + String.join(" from ", way) + " from " + member.name(),
                    Optional.of("leave it out, to get the log from the primary"));
        }
    }

    /** Who gets its log from a delayed member could never be nearer to the primary. */
    private void checkDelay(Fields upstream, Placed<String> named) {
        if (upstream.value(Keys.DELAY).isPresent()) {
            problems.add(
                    named.spot(),
                    named.value() + " is delayed on purpose, and nobody can get its log from it",
                    Optional.of("name another member, or leave it out"));
        }
    }
}
