package io.shoestring.proxy.postgresql;

import io.shoestring.model.MemberSpec;

/**
 * What the parts of one session share: its client, and what the client has made of it. Nothing of
 * this lives on a server. On the client's event loop only.
 *
 * @param shares whether it shares server connections with other clients
 */
record SessionContext(
        ListenerContext listener,
        ClientConnection client,
        ClientIdentity identity,
        boolean shares,
        SessionState state,
        PreparedStatements statements,
        ReadRule reads,
        ClientSql sql) {
    static SessionContext of(
            ListenerContext listener, ClientConnection client, ClientIdentity identity) {
        boolean shares =
                listener.shares() && listener.pool().isPresent() && !identity.isReplication();
        var reads = new ReadRule(listener, identity.parameters());
        return new SessionContext(
                listener,
                client,
                identity,
                shares,
                new SessionState(reads),
                new PreparedStatements(),
                reads,
                new ClientSql(listener, identity, listener.statementsOn(client.loop()), shares));
    }

    /** What a connection to this member has to have in common with one of the client's own. */
    PoolKey key(MemberSpec member, long epoch) {
        return new PoolKey(member, epoch, identity);
    }

    /** Opens a connection in the client's name. */
    ServerLink open(PoolKey key, LinkOwner owner) {
        return listener.open(client.loop(), identity, key, owner);
    }
}
