package io.shoestring.sandbox.bank;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the bank's clients were told about each transfer: the other side of the account, which the
 * database cannot forget for us. Thread-safe.
 */
public final class Ledger {
    private final Set<String> acknowledged = new HashSet<>();
    private final Map<String, Answer> unknown = new HashMap<>();
    private final Map<String, Integer> errors = new HashMap<>();
    private int connectionsLost;
    private int staleReads;
    private int unbalancedReads;

    /** What a client found out later about a transfer whose outcome it was not told. */
    public enum Answer {
        NOT_YET,
        COMMITTED,
        ABSENT
    }

    /** The client was told that the transfer is committed. */
    public synchronized void acknowledged(String transfer) {
        acknowledged.add(transfer);
    }

    /** The client was not told whether the transfer is committed. */
    public synchronized void unknown(String transfer) {
        unknown.put(transfer, Answer.NOT_YET);
    }

    /** The client looked an unknown transfer up. */
    public synchronized void lookedUp(String transfer, boolean committed) {
        unknown.put(transfer, committed ? Answer.COMMITTED : Answer.ABSENT);
    }

    /** The application saw an error. */
    public synchronized void error(String what) {
        errors.merge(what, 1, Integer::sum);
    }

    /** A client's connection was gone, and it had to make a new one. */
    public synchronized void connectionLost() {
        connectionsLost++;
    }

    /** A session read, and did not see its own acknowledged write. */
    public synchronized void staleRead() {
        staleReads++;
    }

    /** A read of all balances saw another total than there is money. */
    public synchronized void unbalancedRead() {
        unbalancedReads++;
    }

    public synchronized Tally tally() {
        int clientErrors = errors.values().stream().mapToInt(Integer::intValue).sum();
        return new Tally(
                Set.copyOf(acknowledged),
                Map.copyOf(unknown),
                clientErrors,
                Map.copyOf(errors),
                connectionsLost,
                staleReads,
                unbalancedReads);
    }

    /** Everything that the clients know at one moment. */
    public record Tally(
            Set<String> acknowledged,
            Map<String, Answer> unknown,
            int clientErrors,
            Map<String, Integer> errors,
            int connectionsLost,
            int staleReads,
            int unbalancedReads) {
        /** The most frequent errors first, at most three, for people. */
        public List<String> frequentErrors() {
            List<Map.Entry<String, Integer>> entries = new ArrayList<>(errors.entrySet());
            entries.sort(Map.Entry.<String, Integer>comparingByValue().reversed());
            return entries.stream()
                    .limit(3)
                    .map(entry -> entry.getValue() + " times " + entry.getKey())
                    .toList();
        }
    }
}
