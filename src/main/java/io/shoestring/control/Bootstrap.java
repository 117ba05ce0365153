package io.shoestring.control;

import io.shoestring.model.Action.GrantLease;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Predicate;

/**
 * The first primary. INVARIANT: only one that is the only member with data of its own; whoever else
 * may have data has to be seen first. Everything else is for a person to decide.
 */
final class Bootstrap {
    private Bootstrap() {}

    static Step step(View view) {
        List<MemberName> unclear = members(view, state -> !clear(state));
        if (!unclear.isEmpty()) {
            return Step.wait(
                    "There is no primary yet, and none is chosen before every member is seen,"
                            + " because each may hold data: "
                            + Words.clauses(view, unclear)
                            + ".");
        }
        List<MemberName> candidates = members(view, Bootstrap::ownData);
        return switch (candidates.size()) {
            case 0 -> nobody(view);
            case 1 -> first(view, candidates.getFirst());
            default -> tooMany(candidates);
        };
    }

    private static Step first(View view, MemberName member) {
        if (view.busy(member)) {
            return Step.wait(Words.clause(view, member) + ".");
        }
        return Step.take(
                new GrantLease(
                        member,
                        member
                                + " becomes the first primary: it is the only member with data of"
                                + " its own."));
    }

    private static Step nobody(View view) {
        boolean replicas = !members(view, state -> !(state instanceof MemberState.Empty)).isEmpty();
        return Step.wait(
                replicas
                        ? "There are only replicas and no primary is known, so none is promoted by"
                                + " itself: promote the right one by hand (PostgreSQL: pg_ctl"
                                + " promote; MariaDB: STOP SLAVE, RESET SLAVE ALL, SET GLOBAL"
                                + " read_only = OFF), and it is adopted."
                        : "No member has any data: create it in one of the data directories"
                                + " (PostgreSQL: initdb; MariaDB: mariadb-install-db), and it"
                                + " becomes the first primary.");
    }

    private static Step tooMany(List<MemberName> candidates) {
        return Step.wait(
                Words.list(candidates)
                        + " each hold data that is not a replica's, and nothing is done until one"
                        + " is left: stop the wrong one and move its data directory away, then it"
                        + " is cloned.");
    }

    private static List<MemberName> members(View view, Predicate<@Nullable MemberState> filter) {
        return view.spec().members().stream()
                .map(MemberSpec::name)
                .filter(name -> filter.test(view.state(name).orElse(null)))
                .toList();
    }

    private static boolean clear(@Nullable MemberState state) {
        return switch (state) {
            case null -> false;
            case MemberState.Empty empty -> true;
            case MemberState.Stopped stopped -> true;
            case MemberState.Replica replica -> true;
            case MemberState.Primary primary -> true;
            case MemberState.Starting starting -> false;
            case MemberState.Unresponsive unresponsive -> false;
            case MemberState.Unreachable unreachable -> false;
        };
    }

    private static boolean ownData(@Nullable MemberState state) {
        return state instanceof MemberState.Primary
                || (state instanceof MemberState.Stopped stopped && !stopped.wasReplica());
    }
}
