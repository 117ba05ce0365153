package io.shoestring.proxy.mysql;

import io.shoestring.model.MemberSpec;

/**
 * What the parts of one session share: its client, and what the client has made of it. Nothing of
 * this lives on a server. On the client's event loop only.
 *
 * @param shares whether it shares server connections with other clients
 */
record SessionContext(
        MysqlContext listener,
        ClientConnection client,
        ClientIdentity identity,
        boolean shares,
        SessionState state,
        Statements statements) {
    static SessionContext of(
            MysqlContext listener, ClientConnection client, ClientIdentity identity) {
        return new SessionContext(
                listener,
                client,
                identity,
                listener.pool().isPresent(),
                new SessionState(identity.schema()),
                new Statements());
    }

    /** What a connection to this member has to have in common with one of the client's own. */
    PoolKey key(MemberSpec member, long epoch) {
        return new PoolKey(member, epoch, identity.forPool(), !state.shape().schema().isEmpty());
    }

    /** Opens a connection in the client's name. */
    ServerLink open(PoolKey key, LinkOwner owner) {
        var link = new ServerLink(owner, key, new ServerLogin(identity, state.shape().schema()));
        listener.connect(client.loop(), key.member(), link);
        return link;
    }
}
