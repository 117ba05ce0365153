package io.shoestring.proxy.postgresql;

import io.shoestring.model.MemberSpec;
import io.shoestring.proxy.pool.LinkKey;
import io.shoestring.proxy.pool.LinkLogin;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.Map;

/**
 * What server connections have in common that may stand for one another: the member, the epoch in
 * which they were opened, who is logged in, and the parameters of the start-up packet, which are
 * user, database, and all settings that came with it. Its hash is counted once, because it is
 * looked up for each transaction.
 */
final class PoolKey implements LinkKey {
    private final MemberSpec member;
    private final long epoch;
    private final Login login;
    private final Map<String, String> parameters;
    private final int hash;

    PoolKey(MemberSpec member, long epoch, ClientIdentity identity) {
        this.member = member;
        this.epoch = epoch;
        this.login = identity.login();
        this.parameters = identity.parameters();
        this.hash = 31 * parameters.hashCode() + member.name().hashCode();
    }

    /**
     * Who is logged in to what: whose connections are counted together, whatever settings they
     * began with.
     *
     * @param database of a server, which is not the name of ours, as clients call it
     */
    record Login(String user, String database) implements LinkLogin, Comparable<Login> {
        private static final Comparator<Login> ORDER =
                Comparator.comparing(Login::database).thenComparing(Login::user);

        /** As the start-up parameters say it. */
        static Login of(Map<String, String> parameters) {
            String user = parameters.getOrDefault("user", "");
            return new Login(user, parameters.getOrDefault("database", user));
        }

        @Override
        public int compareTo(Login other) {
            return ORDER.compare(this, other);
        }
    }

    @Override
    public MemberSpec member() {
        return member;
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public Login login() {
        return login;
    }

    /** What the servers call the database. */
    String databaseAtServers() {
        return Login.of(parameters).database();
    }

    /** Whether it is for connections to this member in this epoch. */
    boolean isFor(MemberSpec other, long otherEpoch) {
        return epoch == otherEpoch && member.equals(other);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof PoolKey key
                        && hash == key.hash
                        && key.isFor(member, epoch)
                        && login.equals(key.login)
                        && parameters.equals(key.parameters));
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
