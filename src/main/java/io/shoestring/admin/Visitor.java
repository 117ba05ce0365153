package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.AdminConfig.Role;
import io.shoestring.config.AdminConfig.User;

import java.util.Optional;

/**
 * Who is let in.
 *
 * @param name as it is configured; empty text for whoever shows the token of the node
 * @param account as it was when the visitor was let in; empty for the token of the node
 */
record Visitor(String name, Optional<User> account) {
    /** Who can read the node's own files may do everything with it. */
    static final Visitor OF_THE_MACHINE = new Visitor("", Optional.empty());

    Visitor {
        requireNonNull(name, "name is null");
        requireNonNull(account, "account is null");
    }

    Role role() {
        return account.map(User::role).orElse(Role.ADMIN);
    }

    boolean may(Role needed) {
        return role().compareTo(needed) >= 0;
    }

    /** For sentences. */
    String description() {
        return name.isEmpty() ? "somebody with the token of the node" : name;
    }
}
