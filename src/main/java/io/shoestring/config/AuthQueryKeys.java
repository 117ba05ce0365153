package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about where the passwords of a database's roles are. */
final class AuthQueryKeys {
    private static final int CHARACTERS_MAX = 1_000;

    private static final Format<String> SQL =
            new Format<>(
                    String.class,
                    "query for a password",
                    "a query of at most 1000 characters with $1 for the role, such as"
                            + " 'SELECT usename, passwd FROM lookup.password_of($1)'",
                    "SQL that gives the name of the role and its stored password"
                            + " (`SCRAM-SHA-256$…` or `md5…`), or no row; `$1` is the role.",
                    Map.of("type", "string", "pattern", "\\$1", "maxLength", CHARACTERS_MAX),
                    AuthQueryKeys::parseSql);

    private static final Value<String> USER =
            required("user", Formats.ROLE, "lookup", "The role that asks.");

    private static final Value<Path> PASSWORD_FILE =
            required(
                    "password-file",
                    Formats.PATH,
                    "/etc/shoestring/lookup.password",
                    "The file whose first line is its password.");

    private static final Value<String> DATABASE =
            byDefault(
                    "database",
                    Formats.ROLE,
                    "postgres",
                    "postgres",
                    "The database of the server in which it asks.");

    private static final Value<String> QUERY =
            required(
                    "query",
                    SQL,
                    "SELECT usename, passwd FROM lookup.password_of($1)",
                    "What it asks: usually a function that is `SECURITY DEFINER`, as for"
                            + " PgBouncer.");

    static final Section AUTH_QUERY =
            new Section(
                    "auth-query",
                    "a query for passwords",
                    new Need.Otherwise("the superuser reads `pg_authid`"),
                    "How listeners ask for the stored password of a role that logs in. It says who"
                            + " may log in there: a role for which it has no row may not.",
                    List.of(USER, PASSWORD_FILE, DATABASE, QUERY));

    private AuthQueryKeys() {}

    private static Parsed<String> parseSql(String text) {
        if (text.length() > CHARACTERS_MAX) {
            return Parsed.bad("this is " + text.length() + " characters long");
        }
        return text.contains(AuthQuery.ROLE)
                ? Parsed.good(text)
                : Parsed.bad(Quoted.text(text) + " does not ask for any role");
    }

    /** Of a database in which nothing was found wrong; empty if it has none. */
    static Optional<AuthQuery> build(Fields database, UnaryOperator<Path> resolve) {
        if (!database.names().contains(AUTH_QUERY.name())) {
            return Optional.empty();
        }
        Fields fields = database.section(AUTH_QUERY);
        return Optional.of(
                new AuthQuery(
                        fields.sound(USER),
                        resolve.apply(fields.sound(PASSWORD_FILE)),
                        fields.sound(DATABASE),
                        fields.sound(QUERY)));
    }
}
