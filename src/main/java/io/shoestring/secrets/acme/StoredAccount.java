package io.shoestring.secrets.acme;

import java.time.Instant;

/**
 * The cluster's account, as consensus has it.
 *
 * @param directory of the authority
 * @param location of the account there
 * @param key by which it is known there
 * @param made by the clock of the node that made it
 */
record StoredAccount(String directory, String location, KeyText key, Instant made) {
    /** The key is in no log. */
    @Override
    public String toString() {
        return "account " + location;
    }
}
