package io.shoestring.config;

import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.AdminConfig.Role;
import io.shoestring.config.AdminConfig.User;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The part of {@link Keys} that is about who may use the API and the page, and how. */
final class AdminKeys {
    /** Each look at a password takes that much of the node's memory for a moment. */
    private static final int MOST_KIBIBYTES = 65_536;

    private static final String TOKEN_PREFIX = "sha256:";
    private static final Pattern PASSWORD_HASH =
            Pattern.compile(
                    "\\$argon2id\\$v=19\\$m=([1-9][0-9]{3,5}),t=[1-9][0-9]?,p=[1-4]"
                            + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");
    private static final Pattern TOKEN_HASH = Pattern.compile(TOKEN_PREFIX + "([0-9a-f]{64})");

    private static final Format<String> PASSWORD =
            new Format<>(
                    String.class,
                    "hash of a password",
                    "the hash of a password, as 'shoestring password' prints it",
                    "What `shoestring password` prints for a password: its Argon2id hash, `m` at"
                            + " most 65536, in quotes.",
                    Map.of("type", "string", "pattern", "^" + PASSWORD_HASH.pattern() + "$"),
                    AdminKeys::parsePassword);

    private static final Format<String> TOKEN =
            new Format<>(
                    String.class,
                    "hash of a token",
                    "the hash of a token, as 'shoestring password --token' prints it",
                    "What `shoestring password --token` prints beside a token: `sha256:` and its"
                            + " SHA-256.",
                    Map.of("type", "string", "pattern", "^" + TOKEN_HASH.pattern() + "$"),
                    AdminKeys::parseToken);

    private static final Value<Role> USER_ROLE =
            required(
                    "role",
                    Formats.choice("role", Role.class),
                    "operator",
                    "What the user may do. `viewer`: look. `operator`: also switch over, pause,"
                            + " drain, move addresses. `admin`: also apply another configuration.");

    private static final Value<String> USER_PASSWORD =
            optional(
                    "password",
                    PASSWORD,
                    "the user has none",
                    "\"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA"
                            + "$2pmJpBl4yZbfWsVAY2bvzVnQnXzYzTwSFUq7fhXcJOc\"",
                    "The hash of the password with which a person logs in.");

    private static final Value<String> USER_TOKEN =
            optional(
                    "token",
                    TOKEN,
                    "the user has none",
                    "sha256:8b1a9953c4611296a827abf8c47804d7e6c49c6b97a6a0c9c2f4b8f1d4a2f6e3",
                    "The hash of the token that a program sends: `Authorization: Bearer TOKEN`.");

    private static final Section USER =
            new Section(
                    "<user>",
                    "a user",
                    new Need.Required(),
                    "A person, or a program. It has a `password`, a `token`, or both.",
                    List.of(USER_ROLE, USER_PASSWORD, USER_TOKEN));

    static final Table USERS =
            new Table(
                    "users",
                    new Need.Otherwise("the token of the node is the only way in"),
                    "anna",
                    "Who may use the API and the page, beside whoever can read the node's"
                            + " `token-file`. Can be changed while the nodes run.",
                    USER);

    static final Section TLS =
            new Section(
                    "tls",
                    "the TLS of the administration",
                    new Need.Otherwise(
                            "plain HTTP, which is refused unless `bind` is a loopback"
                                    + " address"),
                    "The API and the page are served by HTTPS.",
                    List.of(TlsKeys.CERTIFICATES, TlsKeys.MINIMUM));

    private AdminKeys() {}

    /** The users of an administration in which nothing was found wrong. */
    static Map<String, User> users(Fields admin) {
        Fields table = admin.table(USERS);
        Map<String, User> users = new LinkedHashMap<>();
        for (String name : table.names()) {
            Fields user = table.child(name);
            users.put(
                    name,
                    new User(
                            user.sound(USER_ROLE),
                            user.value(USER_PASSWORD).map(Placed::value),
                            user.value(USER_TOKEN).map(Placed::value)));
        }
        return users;
    }

    /** Its TLS, if it has one. */
    static Optional<TlsConfig> tls(Fields admin, UnaryOperator<Path> resolve) {
        return TlsKeys.build(admin, TLS, resolve);
    }

    /** No user without a way in, and no way in over a network that everybody could listen to. */
    static void check(Fields admin, Problems problems) {
        Fields users = admin.table(USERS);
        for (String name : users.names()) {
            Fields user = users.child(name);
            boolean comesIn =
                    user.names().contains(USER_PASSWORD.name())
                            || user.names().contains(USER_TOKEN.name());
            if (user.isReadable() && !comesIn) {
                problems.add(
                        user.spot(),
                        "has neither a password nor a token; expected at least one",
                        Optional.of("'shoestring password' makes them"));
            }
        }
        admin.value(Keys.ADMIN_BIND)
                .filter(bind -> !Addresses.isLoopback(bind.value().host()))
                .ifPresent(bind -> checkOpen(admin, bind.spot(), problems));
    }

    private static void checkOpen(Fields admin, Spot spot, Problems problems) {
        boolean encrypted = admin.names().contains(TLS.name());
        boolean knowsUsers = admin.names().contains(USERS.name());
        if (encrypted && knowsUsers) {
            return;
        }
        String missing = encrypted ? "users" : knowsUsers ? "tls" : "tls and users";
        problems.add(
                spot,
                "can be reached from other machines, and has no " + missing,
                Optional.of(
                        "add admin."
                                + missing.replace(" and ", " and admin.")
                                + ", or bind it to 127.0.0.1"));
    }

    /** Says nothing of what stands there: it may be the password itself. */
    private static Parsed<String> parsePassword(String text) {
        Matcher hash = PASSWORD_HASH.matcher(text);
        if (!hash.matches() || !isBase64(hash.group(2)) || !isBase64(hash.group(3))) {
            return Parsed.bad("what stands there is not the hash of a password");
        }
        return Integer.parseInt(hash.group(1)) <= MOST_KIBIBYTES
                ? Parsed.good(text)
                : Parsed.bad("to check it would take more than 64 MiB of memory");
    }

    /** One character more than whole bytes need says nothing. */
    private static boolean isBase64(String text) {
        return text.length() % 4 != 1;
    }

    private static Parsed<String> parseToken(String text) {
        Matcher hash = TOKEN_HASH.matcher(text);
        return hash.matches()
                ? Parsed.good(hash.group(1))
                : Parsed.bad("what stands there is not the hash of a token");
    }
}
