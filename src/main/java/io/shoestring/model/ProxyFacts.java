package io.shoestring.model;

/**
 * What the living proxies of all nodes said last.
 *
 * @param openTransactions transactions that they have open on the primary
 * @param unaware how many nodes have not applied the newest topology yet
 */
public record ProxyFacts(int openTransactions, int unaware) {}
