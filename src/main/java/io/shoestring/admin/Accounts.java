package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.AdminConfig.User;

import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** Who is known: the token of the node, and the users as they are configured now. Thread-safe. */
final class Accounts {
    /** Of nobody's password: who is not known takes as long as who is. */
    private static final PasswordHash NOBODY =
            new PasswordHash(
                    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2"
                            + "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

    private final AdminToken token;
    private volatile Map<String, User> users;

    Accounts(AdminToken token, Map<String, User> users) {
        this.token = requireNonNull(token, "token is null");
        this.users = Map.copyOf(users);
    }

    /** Others from now on; who is in already has to be asked for by {@link #stillHas}. */
    void become(Map<String, User> others) {
        users = Map.copyOf(others);
    }

    /** Whether a name may be told. */
    boolean knows(String name) {
        return users.containsKey(name);
    }

    boolean hasUsers() {
        return !users.isEmpty();
    }

    /** Quick, whoever has it. */
    Optional<Visitor> byToken(String offered) {
        if (token.matches(offered)) {
            return Optional.of(Visitor.OF_THE_MACHINE);
        }
        String digest = HexFormat.of().formatHex(Secrets.digest(offered));
        return users.entrySet().stream()
                .filter(user -> user.getValue().token().filter(digest::equals).isPresent())
                .findFirst()
                .map(user -> new Visitor(user.getKey(), Optional.of(user.getValue())));
    }

    /** Takes tens of milliseconds and megabytes, whether the name is known or not. */
    Optional<Visitor> byPassword(String name, String offered) {
        Optional<User> user = Optional.ofNullable(users.get(name));
        Optional<PasswordHash> hash = user.flatMap(User::password).map(PasswordHash::new);
        boolean same = hash.orElse(NOBODY).isOf(offered);
        return same && hash.isPresent() ? Optional.of(new Visitor(name, user)) : Optional.empty();
    }

    /** Whether the visitor would be let in again: its account is there, and the same. */
    boolean stillHas(Visitor visitor) {
        return visitor.account().isEmpty()
                || visitor.account().equals(Optional.ofNullable(users.get(visitor.name())));
    }
}
