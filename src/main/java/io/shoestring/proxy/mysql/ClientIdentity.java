package io.shoestring.proxy.mysql;

import static java.util.Objects.requireNonNull;

/**
 * Who a client is, and how it speaks: a log-in at a server repeats it.
 *
 * @param capabilities that were agreed upon with the client
 * @param packetBytesMax what the client takes
 * @param collation the number that it began with
 * @param schema that it began with; empty: none
 * @param attributes as it sent them
 * @param forPool who may have the same server connections has the same
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
record ClientIdentity(
        String user,
        Credentials credentials,
        long capabilities,
        int packetBytesMax,
        int collation,
        String schema,
        byte[] attributes,
        PoolKey.Identity forPool) {
    ClientIdentity {
        requireNonNull(user, "user is null");
        requireNonNull(credentials, "credentials is null");
        requireNonNull(schema, "schema is null");
        requireNonNull(attributes, "attributes is null");
        requireNonNull(forPool, "forPool is null");
    }
}
