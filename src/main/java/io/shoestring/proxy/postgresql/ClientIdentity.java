package io.shoestring.proxy.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.protocol.postgresql.Md5Password;
import io.shoestring.protocol.postgresql.ScramKeys;
import io.shoestring.protocol.postgresql.StartupPacket;
import io.shoestring.proxy.postgresql.statement.ClientEncoding;

import java.util.Collections;
import java.util.Map;

/**
 * Who the client is, and how we log in to servers in its name.
 *
 * @param login as the client said it; the servers may call the database otherwise
 * @param parameters of the start-up packet that every server gets; they never change
 * @param known what the client has been told of the server's settings; changes on the client's
 *     event loop
 */
record ClientIdentity(
        PoolKey.Login login, Map<String, String> parameters, Secret secret, KnownSettings known) {
    ClientIdentity {
        requireNonNull(login, "login is null");
        parameters = Collections.unmodifiableMap(parameters);
        requireNonNull(secret, "secret is null");
    }

    /** Its role. */
    String user() {
        return login.user();
    }

    /** What the servers call the database. */
    String databaseAtServers() {
        return PoolKey.Login.of(parameters).database();
    }

    /**
     * Whether it is a subscriber or somebody who copies the server: what such a connection makes
     * (snapshots, temporary slots) ends with its next command, or with it.
     */
    boolean isReplication() {
        return StartupPacket.Startup.isReplication(parameters);
    }

    /** Whether SQL in the encoding that the client has chosen can be read byte by byte. */
    ClientEncoding encoding() {
        String told = known.value("client_encoding");
        return ClientEncoding.of(told.isEmpty() ? "UTF8" : told);
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
