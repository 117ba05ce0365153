package io.shoestring.sandbox.bank;

import java.util.Map;

/**
 * What stands in the database at the end, read from one member in one snapshot.
 *
 * @param transfers how often each transfer id is there
 * @param balances the balance of each account
 * @param turnover by how much the transfers that are there change each account
 */
public record Books(
        Map<String, Integer> transfers, Map<Integer, Long> balances, Map<Integer, Long> turnover) {
    public Books {
        transfers = Map.copyOf(transfers);
        balances = Map.copyOf(balances);
        turnover = Map.copyOf(turnover);
    }

    /**
     * Whether there is as much money as at the beginning, and each account has exactly what its
     * transfers gave and took.
     */
    boolean balance(int accounts, long openingBalance) {
        if (balances.size() != accounts) {
            return false;
        }
        long total = balances.values().stream().mapToLong(Long::longValue).sum();
        return total == accounts * openingBalance
                && balances.entrySet().stream()
                        .allMatch(
                                account ->
                                        account.getValue()
                                                == openingBalance
                                                        + turnover.getOrDefault(
                                                                account.getKey(), 0L));
    }
}
