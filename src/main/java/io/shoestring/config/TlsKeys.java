package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;
import io.shoestring.config.TlsConfig.Clients;
import io.shoestring.config.TlsConfig.Version;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about TLS on listeners. */
final class TlsKeys {
    private static final String OLDER = "1.2";
    private static final String NEWER = "1.3";

    private static final Format<Version> VERSION =
            new Format<>(
                    Version.class,
                    "version of TLS",
                    "\"1.2\" or \"1.3\", in quotes",
                    "`\"1.2\"` or `\"1.3\"`, in quotes, or YAML takes it for a number.",
                    Map.of("type", "string", "enum", List.of(OLDER, NEWER)),
                    TlsKeys::parseVersion);

    /** With a letter at the beginning of its last part, or it is an address. */
    private static final String NAME_PATTERN =
            "(?:[A-Za-z0-9_-]{1,63}\\.)*[A-Za-z][A-Za-z0-9-]{0,62}";

    private static final Format<String> DNS_NAME =
            new Format<>(
                    String.class,
                    "name",
                    "a name such as shop.example.com, without '*'",
                    "",
                    Map.of("type", "string", "pattern", "^" + NAME_PATTERN + "$"),
                    text ->
                            text.matches(NAME_PATTERN)
                                    ? Parsed.good(text.toLowerCase(Locale.ROOT))
                                    : Parsed.bad(
                                            Quoted.text(text)
                                                    + " is no name for which a certificate can be"
                                                    + " had"));

    static final Value<Path> CERTIFICATE_FILE =
            required(
                    "<file>",
                    Formats.PATH,
                    "/etc/ssl/shop.pem",
                    "A PEM file, or a directory of them.");

    static final Items CERTIFICATES =
            new Items(
                    "certificates",
                    new Need.Required(),
                    "PEM files with a certificate, those that signed it, and its key; or"
                        + " directories of such files (`.pem`, `.crt`), also as certbot lays them"
                        + " out. A key may stand in a file of its own beside it: `privkey.pem` for"
                        + " `fullchain.pem`, `shop.key` for `shop.crt`. The client is shown the"
                        + " certificate with the name that it asks for, else the first one. Files"
                        + " that change are read again within seconds.",
                    CERTIFICATE_FILE);

    private static final Value<String> ISSUED_NAME =
            required(
                    "<name>",
                    DNS_NAME,
                    "shop.example.com",
                    "A name that leads clients to this cluster.");

    /** The same key of listeners that may do without files. */
    private static final Items CERTIFICATES_IF_ANY =
            new Items(
                    CERTIFICATES.name(),
                    new Need.Otherwise("none; then there is `acme`"),
                    CERTIFICATES.documentation(),
                    CERTIFICATE_FILE);

    static final Items ACME =
            new Items(
                    "acme",
                    new Need.Otherwise("none; then there are `certificates`"),
                    "Names for which the cluster gets certificates by itself, one for each, and"
                            + " renews them, as the section `acme` says. Each of them must lead"
                            + " clients to an http listener of the cluster on port 80, where the"
                            + " authority asks for a proof.",
                    ISSUED_NAME);

    static final Value<Version> MINIMUM =
            byDefault(
                    "minimum",
                    VERSION,
                    OLDER,
                    "\"" + NEWER + "\"",
                    "The oldest version of TLS that is spoken.");

    static final Value<Path> CLIENT_AUTHORITIES =
            optional(
                    "client-ca-file",
                    Formats.PATH,
                    "clients are asked for no certificate",
                    "/etc/ssl/clients-ca.pem",
                    "A PEM file with the authorities whose certificates clients may show.");

    static final Value<Boolean> CLIENTS_REQUIRED =
            byDefault(
                    "client-certificate-required",
                    Formats.YES_OR_NO,
                    "yes",
                    "no",
                    "Whether a client without a certificate is refused, if there is a"
                            + " `client-ca-file`.");

    static final Section TLS =
            new Section(
                    "tls",
                    "the TLS of a listener",
                    new Need.Otherwise("the listener speaks without TLS"),
                    "Ends TLS here: clients speak TLS, servers do not.",
                    List.of(CERTIFICATES, MINIMUM, CLIENT_AUTHORITIES, CLIENTS_REQUIRED));

    static final Section BALANCER_TLS =
            new Section(
                    TLS.name(),
                    "the TLS of an http or tcp listener",
                    new Need.Otherwise("the listener speaks without TLS"),
                    "Ends TLS here: clients speak TLS, servers do not.",
                    List.of(
                            CERTIFICATES_IF_ANY,
                            ACME,
                            MINIMUM,
                            CLIENT_AUTHORITIES,
                            CLIENTS_REQUIRED));

    static final Value<Boolean> ENCRYPTION_REQUIRED =
            byDefault(
                    "required",
                    Formats.YES_OR_NO,
                    "no",
                    "yes",
                    "Whether clients that do not ask for TLS are refused. Whatever this says, a"
                            + " client decides for itself with its own `sslmode`.");

    static final Section POSTGRESQL_TLS =
            new Section(
                    "tls",
                    "the TLS of a postgresql listener",
                    new Need.Otherwise("the listener speaks without TLS"),
                    "Ends TLS here, for clients that ask for it by SSLRequest or begin with it"
                            + " (`sslnegotiation=direct`). SCRAM is bound to the certificate"
                            + " (`SCRAM-SHA-256-PLUS`) where the client does that.",
                    List.of(
                            CERTIFICATES,
                            MINIMUM,
                            CLIENT_AUTHORITIES,
                            CLIENTS_REQUIRED,
                            ENCRYPTION_REQUIRED));

    private TlsKeys() {}

    private static Parsed<Version> parseVersion(String text) {
        return switch (text) {
            case OLDER -> Parsed.good(Version.TLS_1_2);
            case NEWER -> Parsed.good(Version.TLS_1_3);
            default ->
                    Parsed.bad(Quoted.text(text) + " is not a version of TLS that is spoken here");
        };
    }

    /**
     * The TLS of a listener in which nothing was found wrong; empty if it has none.
     *
     * @param resolve makes a path of the file absolute
     */
    static Optional<TlsConfig> build(Fields listener, UnaryOperator<Path> resolve) {
        return build(listener, TLS, resolve);
    }

    /** Certificates come from somewhere, and names from an authority that is known. */
    static void check(Fields listener, boolean knowsAuthority, Problems problems) {
        if (!listener.names().contains(BALANCER_TLS.name())) {
            return;
        }
        Fields tls = listener.section(BALANCER_TLS);
        boolean issued = tls.names().contains(ACME.name());
        if (tls.isReadable() && !issued && !tls.names().contains(CERTIFICATES.name())) {
            problems.add(
                    tls.spot(), "has neither certificates nor acme; expected at least one of them");
        }
        if (issued && !knowsAuthority) {
            problems.add(
                    tls.items(ACME).spot(),
                    "there is no section acme, which says who issues certificates",
                    Optional.of("add 'acme: { agree-to-terms: yes, email: YOU@EXAMPLE.COM }'"));
        }
    }

    /** The same of what is no listener, but has the keys of one's TLS in a section of its own. */
    static Optional<TlsConfig> build(Fields owner, Section section, UnaryOperator<Path> resolve) {
        return owner.names().contains(section.name())
                ? Optional.of(config(owner.section(section), resolve))
                : Optional.empty();
    }

    /** The same of a postgresql listener. */
    static Optional<PostgresTls> buildPostgresql(Fields listener, UnaryOperator<Path> resolve) {
        if (!listener.names().contains(POSTGRESQL_TLS.name())) {
            return Optional.empty();
        }
        Fields fields = listener.section(POSTGRESQL_TLS);
        return Optional.of(
                new PostgresTls(config(fields, resolve), fields.sound(ENCRYPTION_REQUIRED)));
    }

    private static TlsConfig config(Fields fields, UnaryOperator<Path> resolve) {
        return new TlsConfig(
                fields.values(CERTIFICATES, CERTIFICATE_FILE).stream().map(resolve).toList(),
                fields.values(ACME, ISSUED_NAME),
                fields.sound(MINIMUM),
                fields.value(CLIENT_AUTHORITIES)
                        .map(file -> resolve.apply(file.value()))
                        .map(file -> new Clients(file, fields.sound(CLIENTS_REQUIRED))));
    }
}
