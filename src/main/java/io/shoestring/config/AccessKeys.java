package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;
import io.shoestring.config.PostgresListenerConfig.Authentication;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Who may log in, and how: keys of a PostgreSQL listener. */
final class AccessKeys {
    static final Value<Authentication> AUTHENTICATION =
            byDefault(
                    "authentication",
                    Formats.choice("kind of authentication", Authentication.class),
                    "password",
                    "password",
                    "How clients prove who they are. `password`: by the password that the database"
                            + " has for the role. `trust`: not at all; whoever reaches the"
                            + " listener may use any role that the servers let the proxy use."
                            + " With `access` its rules decide instead.");

    private static final Value<IpNetwork> NETWORK =
            required("<range>", NetworkFormats.NETWORK, "10.0.0.0/8", "Addresses of clients.");

    private static final Items FROM = items("from", "every address", "Where it is.", NETWORK);

    private static final Value<String> USER = required("<user>", Formats.ROLE, "app", "A role.");

    private static final Items USERS =
            items("users", "every user", "The role as which it logs in: one of these.", USER);

    private static final Value<String> DATABASE =
            required("<database>", Formats.ROLE, "shop", "A database of a server.");

    private static final Items DATABASES =
            items(
                    "databases",
                    "every database",
                    "The database that it logs in to: one of these. The console has the names"
                            + " `shoestring` and `pgbouncer`.",
                    DATABASE);

    private static final Value<Boolean> ENCRYPTED =
            optional(
                    "tls",
                    Formats.YES_OR_NO,
                    "either",
                    "yes",
                    "Whether it speaks TLS with the listener.");

    private static final Value<AccessConfig.Way> WAY =
            required(
                    "by",
                    Formats.choice("way to log in", AccessConfig.Way.class),
                    "password",
                    "`password` and `trust`: as with `authentication`. `certificate`: by the"
                            + " certificate that it shows, whose common name is the role; the"
                            + " servers must let the proxy use the role without a password."
                            + " `refuse`: not at all.");

    private static final Section RULE =
            new Section(
                    "<rule>",
                    "an access rule",
                    new Need.Required(),
                    "Who logs in how. Everything that it says of a client must hold.",
                    List.of(FROM, USERS, DATABASES, ENCRYPTED, WAY));

    static final Items ACCESS =
            items(
                    "access",
                    "everybody logs in by `authentication`",
                    "Rules, of which the first that fits a client decides; whom none fits is"
                            + " refused.",
                    RULE);

    private static final Value<Integer> MOST =
            byDefault(
                    "most",
                    Formats.wholeNumber("number of failed log-ins", 1, 1_000_000),
                    "10",
                    "10",
                    "How many.");

    private static final Value<Duration> WITHIN =
            byDefault(
                    "within",
                    Formats.DURATION_TEXT,
                    "60s",
                    "60s",
                    "In which time, from the first of them; after it they are forgotten.");

    static final Section FAILURES =
            new Section(
                    "failed-logins",
                    "a limit of failed log-ins",
                    new Need.Otherwise("there is no limit"),
                    "How many log-ins with a wrong password may come from one address (of IPv6:"
                            + " from one /64) before everybody there has to wait.",
                    List.of(MOST, WITHIN));

    private AccessKeys() {}

    private static Items items(String name, String otherwise, String documentation, Key each) {
        return new Items(name, new Need.Otherwise(otherwise), documentation, each);
    }

    static AccessConfig build(Fields listener) {
        Fields rules = listener.items(ACCESS);
        return new AccessConfig(
                listener.sound(AUTHENTICATION),
                rules.names().stream().map(rules::child).map(AccessKeys::rule).toList(),
                failures(listener));
    }

    private static AccessConfig.Rule rule(Fields fields) {
        return new AccessConfig.Rule(
                fields.values(FROM, NETWORK),
                fields.values(USERS, USER),
                fields.values(DATABASES, DATABASE),
                fields.value(ENCRYPTED).map(Placed::value),
                fields.sound(WAY));
    }

    private static Optional<AccessConfig.Failures> failures(Fields listener) {
        if (!listener.names().contains(FAILURES.name())) {
            return Optional.empty();
        }
        Fields fields = listener.section(FAILURES);
        return Optional.of(new AccessConfig.Failures(fields.sound(MOST), fields.sound(WITHIN)));
    }

    /** Who is to show a certificate must be asked for it. */
    static void check(Fields listener, Problems problems) {
        boolean asked =
                listener.names().contains(TlsKeys.POSTGRESQL_TLS.name())
                        && listener.section(TlsKeys.POSTGRESQL_TLS)
                                .names()
                                .contains(TlsKeys.CLIENT_AUTHORITIES.name());
        Fields rules = listener.items(ACCESS);
        rules.names().stream()
                .flatMap(each -> rules.child(each).value(WAY).stream())
                .filter(way -> way.value() == AccessConfig.Way.CERTIFICATE && !asked)
                .forEach(
                        way ->
                                problems.add(
                                        way.spot(),
                                        "nobody is asked for a certificate",
                                        Optional.of(
                                                "give the listener's 'tls' a 'client-ca-file'")));
    }
}
