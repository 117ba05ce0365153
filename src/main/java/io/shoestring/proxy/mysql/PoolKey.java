package io.shoestring.proxy.mysql;

import io.shoestring.model.MemberSpec;
import io.shoestring.proxy.pool.LinkKey;
import io.shoestring.proxy.pool.LinkLogin;

/**
 * What server connections have in common that may stand for one another.
 *
 * @param identity by which they logged in
 * @param hasSchema whether they have a default schema: which one can be changed, that there is one
 *     cannot
 */
record PoolKey(MemberSpec member, long epoch, Identity identity, boolean hasSchema)
        implements LinkKey {
    /**
     * A log-in, as far as the server keeps to it.
     *
     * @param proof a hash of what the client has shown of its password, and of what the servers had
     *     stored for the user then
     */
    record Identity(
            String user, String proof, long capabilities, int packetBytesMax, int collation) {}

    /** Whose connections are counted together: a user's, whatever the schema. */
    record Login(String user) implements LinkLogin {
        @Override
        public String database() {
            return "";
        }
    }

    @Override
    public LinkLogin login() {
        return new Login(identity.user());
    }
}
