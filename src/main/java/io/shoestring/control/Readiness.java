package io.shoestring.control;

import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.MemberName;

import java.util.OptionalLong;

/** One sentence on what the next accident would do: said before it happens. */
final class Readiness {
    private Readiness() {}

    static String sentence(View view, DatabaseTopology topology) {
        if (topology.primary().isEmpty()) {
            return "There is no primary at this moment, so there is nothing to take over from.";
        }
        MemberName primary = topology.primary().get().name();
        return (view.blocked(primary)
                        ? "No commit is acknowledged now: protection is maximum, and no replica is"
                                + " synchronous. Bring one back, or set protection: availability."
                                + " "
                        : "")
                + "If "
                + primary
                + " dies now, "
                + switch (Succession.ifItDied(view)) {
                    case Choice.Chosen chosen when isStuck(view, chosen.member().name()) ->
                            chosen.member().name()
                                    + " cannot take over: there is something that it has received"
                                    + " and cannot apply. Mend that first.";
                    case Choice.Chosen chosen ->
                            chosen.member().name()
                                    + " takes over in about 1 s and "
                                    + loss(view, primary, chosen.member().name());
                    case Choice.Pending pending -> "somebody takes over: " + pending.why() + ".";
                    case Choice.Nobody nobody ->
                            "it is started again in place and nobody can take over: "
                                    + nobody.why()
                                    + ".";
                };
    }

    /**
     * Whether somebody could take over if the primary died now. Who is alone, or has only members
     * that are never to be promoted, wants it so, and nothing is missing.
     */
    static boolean isCovered(View view, DatabaseTopology topology) {
        if (topology.primary().isEmpty()) {
            return false;
        }
        MemberName primary = topology.primary().get().name();
        if (view.blocked(primary)) {
            return false;
        }
        return view.others(primary).stream().noneMatch(spec -> spec.priority() > 0)
                || (Succession.ifItDied(view) instanceof Choice.Chosen chosen
                        && !isStuck(view, chosen.member().name()));
    }

    /** A promotion applies all that was received first: what it stumbles over stops that, too. */
    private static boolean isStuck(View view, MemberName member) {
        return view.replica(member)
                .filter(replica -> replica.trouble().isPresent())
                .filter(replica -> replica.received().lsn().compareTo(replica.replayed().lsn()) > 0)
                .isPresent();
    }

    private static String loss(View view, MemberName primary, MemberName next) {
        if (view.synchronousMode()) {
            return "loses nothing.";
        }
        OptionalLong bytes = Loss.bytes(view, primary, next);
        return "loses what it has not received by then"
                + (bytes.isPresent()
                        ? ", %s at this moment."
                                .formatted(
                                        bytes.getAsLong() == 0
                                                ? "nothing"
                                                : Loss.words(bytes.getAsLong()))
                        : ".");
    }
}
