package io.shoestring.model;

import java.util.List;
import java.util.Optional;

/**
 * One database as the operator sees it.
 *
 * @param primary the member that takes writes; empty while there is none
 * @param summary one sentence: what state it is in
 * @param readiness one sentence: what happens if the primary dies now, or what prevents a take-over
 * @param healthy whether there is nothing for a person to do
 * @param protection the protection mode; {@code observed} if somebody else manages it
 * @param switchover the step of a switchover that is on its way
 * @param planned the switchover that begins by itself at a time, as a clause
 * @param restart where a rolling restart is that is on its way, as a clause
 */
public record DatabaseStatus(
        String name,
        String protection,
        long epoch,
        Optional<String> primary,
        String summary,
        String readiness,
        boolean healthy,
        boolean paused,
        Optional<String> switchover,
        List<MemberStatus> members,
        Optional<String> planned,
        Optional<String> restart) {
    public DatabaseStatus {
        members = List.copyOf(members);
    }

    /** For which nothing is planned, and nothing restarted. */
    public DatabaseStatus(
            String name,
            String protection,
            long epoch,
            Optional<String> primary,
            String summary,
            String readiness,
            boolean healthy,
            boolean paused,
            Optional<String> switchover,
            List<MemberStatus> members) {
        this(
                name,
                protection,
                epoch,
                primary,
                summary,
                readiness,
                healthy,
                paused,
                switchover,
                members,
                Optional.empty(),
                Optional.empty());
    }
}
