package io.shoestring.secrets.acme;

import java.time.Instant;

/**
 * The last attempt to get one certificate, as consensus has it: who writes it first makes it.
 *
 * @param node that made it
 * @param directory of the authority
 * @param at when it was begun or, if it has ended, when it ended
 * @param failures in a row, with this one
 */
record Attempt(String node, String directory, Instant at, boolean ended, int failures) {}
