package io.shoestring.proxy.pool;

import io.shoestring.config.PoolSizes;

import java.util.OptionalInt;

/** A limit of server connections that was met. */
public enum PoolBound {
    /** Of one user and database. */
    SIZE("size"),
    /** Of one user. */
    USER("user-limit"),
    /** Of one database. */
    DATABASE("database-limit"),
    /** Of one member. */
    MEMBER("member-limit");

    private final String key;

    PoolBound(String key) {
        this.key = key;
    }

    /** Its name in the configuration of the pool. */
    public String key() {
        return key;
    }

    /** Its value there; empty: it does not exist. */
    public OptionalInt of(PoolSizes sizes) {
        return switch (this) {
            case SIZE -> OptionalInt.of(sizes.each());
            case USER -> sizes.user();
            case DATABASE -> sizes.database();
            case MEMBER -> sizes.member();
        };
    }
}
