package io.shoestring.model;

/**
 * One listener as the operator sees it; the counts are since the process started.
 *
 * @param clients connected now
 * @param held clients whose request waits for a primary now
 * @param openTransactions transactions that are open on a primary now
 * @param onPrimary statements (or batches up to a Sync) sent to a primary
 * @param onReplicas statements (or batches up to a Sync) sent to a replica
 * @param refused connections refused: limit, wrong password, malformed bytes
 * @param interrupted requests answered with an error because their server went away
 * @param unknownOutcomes writes whose client was told that the outcome is unknown
 */
public record ListenerStatus(
        String name,
        String address,
        String protocol,
        String database,
        long clients,
        long held,
        long openTransactions,
        long onPrimary,
        long onReplicas,
        long refused,
        long interrupted,
        long unknownOutcomes) {}
