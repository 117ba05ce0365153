package io.shoestring.sandbox.bench;

/**
 * What is asked of a database.
 *
 * @param script of pgbench or of sysbench
 * @param mode how statements are sent: pgbench's query mode; of sysbench {@code disable} or {@code
 *     auto}
 * @param clients at a time
 * @param pool session or transaction
 * @param splits whether reads go to the replica: then this build is measured beside itself with all
 *     on the primary
 */
record SqlShape(String script, String mode, int clients, String pool, boolean splits) {}
