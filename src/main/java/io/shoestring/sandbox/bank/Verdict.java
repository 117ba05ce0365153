package io.shoestring.sandbox.bank;

import io.shoestring.sandbox.bank.Ledger.Answer;
import io.shoestring.sandbox.bank.Ledger.Tally;

import java.util.Map;
import java.util.stream.Stream;

/**
 * The clients' memory against the database's books.
 *
 * @param acknowledged transfers that a client was told to be committed
 * @param found different transfers in the database
 * @param lost transfers that a client knew to be committed (was told, or looked it up) and that are
 *     not there
 * @param duplicated transfers that are there more than once; each id is sent once and never again,
 *     so each of these ran twice
 * @param unknown transfers whose outcome the client was not told and had to look up
 * @param late unknown transfers that were absent when looked up and are there now
 * @param balancesOk whether the money adds up, in total, for each account, and on each replica
 */
public record Verdict(
        int acknowledged,
        int found,
        int lost,
        int duplicated,
        int unknown,
        int late,
        boolean balancesOk) {

    public static Verdict of(Tally tally, Books books, boolean balancesOk) {
        Map<String, Integer> there = books.transfers();
        Stream<String> known =
                Stream.concat(tally.acknowledged().stream(), with(tally, Answer.COMMITTED));
        return new Verdict(
                tally.acknowledged().size(),
                there.size(),
                (int) known.filter(transfer -> !there.containsKey(transfer)).count(),
                (int) there.values().stream().filter(times -> times > 1).count(),
                tally.unknown().size(),
                (int) with(tally, Answer.ABSENT).filter(there::containsKey).count(),
                balancesOk);
    }

    /** The promise: nothing lost, nothing twice, and the money adds up. */
    public boolean good() {
        return lost == 0 && duplicated == 0 && balancesOk;
    }

    private static Stream<String> with(Tally tally, Answer answer) {
        return tally.unknown().entrySet().stream()
                .filter(entry -> entry.getValue() == answer)
                .map(Map.Entry::getKey);
    }
}
