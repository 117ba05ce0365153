package io.shoestring.proxy.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.protocol.postgresql.Md5Password;
import io.shoestring.protocol.postgresql.ScramKeys;
import io.shoestring.proxy.postgresql.statement.ClientEncoding;

import java.util.Map;

/**
 * Who the client is, and how we log in to servers in its name.
 *
 * @param parameters of the client's start-up packet, without protocol options; every server gets
 *     the same
 * @param known what the client has been told of the server's settings; changes on the client's
 *     event loop
 */
record ClientIdentity(
        String user, Map<String, String> parameters, Secret secret, Map<String, String> known) {
    ClientIdentity {
        requireNonNull(user, "user is null");
        parameters = Map.copyOf(parameters);
        requireNonNull(secret, "secret is null");
    }

    /** Who it is, and which database of a server it wants. */
    PoolKey.Login login() {
        return PoolKey.Login.of(parameters);
    }

    /** Whether SQL in the encoding that the client has chosen can be read byte by byte. */
    ClientEncoding encoding() {
        return ClientEncoding.of(known.getOrDefault("client_encoding", "UTF8"));
    }

    /** What the client's own login gave us to log in with: never the password itself. */
    sealed interface Secret {
        /**
         * The keys that a SCRAM login of the client has shown; good for servers with the same
         * verifier.
         */
        record Scram(ScramKeys keys) implements Secret {}

        /** The stored hash, which is all that md5 needs. */
        record Md5(Md5Password hash) implements Secret {}

        /** The listener trusts its clients; the servers must trust the proxy. */
        record None() implements Secret {}
    }
}
