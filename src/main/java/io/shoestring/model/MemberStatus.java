package io.shoestring.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One member as the operator sees it.
 *
 * @param role {@code primary}, {@code replica}, or what else it is: {@code stopped}, {@code
 *     starting}, {@code empty}, {@code unresponsive}, {@code unreachable}, {@code unknown}
 * @param state one short sentence
 * @param position the end of its log, as PostgreSQL writes it, or the sequence number of its last
 *     transaction, as MariaDB does; empty if unknown
 * @param lagBytes how far what its readers see is behind the primary's log, for a replica whose
 *     primary is known
 * @param synchronous whether it has every acknowledged commit, by the cluster's record
 * @param busy what is being done to it at this moment
 * @param offline whether an operator took it out of use
 * @param delay how much later it applies the log on purpose, as {@code 1 h}; {@code lagBytes} is no
 *     reason to worry then
 * @param upstream the member that it gets its log from, if it is a replica of one
 * @param lagTransactions how many transactions of the primary its readers do not see yet, where
 *     those are counted and not bytes
 * @param pendingRestart the settings that come into force at its server's next start
 */
public record MemberStatus(
        String name,
        String node,
        String address,
        String role,
        String state,
        String position,
        OptionalLong lagBytes,
        boolean synchronous,
        Optional<String> busy,
        boolean offline,
        List<String> pendingRestart,
        Optional<String> delay,
        Optional<String> upstream,
        OptionalLong lagTransactions) {
    public MemberStatus {
        pendingRestart = List.copyOf(pendingRestart);
    }

    /** For which no setting waits. */
    public MemberStatus(
            String name,
            String node,
            String address,
            String role,
            String state,
            String position,
            OptionalLong lagBytes,
            boolean synchronous,
            Optional<String> busy,
            boolean offline) {
        this(
                name,
                node,
                address,
                role,
                state,
                position,
                lagBytes,
                synchronous,
                busy,
                offline,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty());
    }

    /** Of a member that nobody took out of use. */
    public MemberStatus(
            String name,
            String node,
            String address,
            String role,
            String state,
            String position,
            OptionalLong lagBytes,
            boolean synchronous,
            Optional<String> busy) {
        this(name, node, address, role, state, position, lagBytes, synchronous, busy, false);
    }
}
