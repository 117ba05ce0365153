package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** How connections to the members of a database are encrypted: keys of a database. */
final class ServerTlsKeys {
    static final Value<ServerTls.Mode> MODE =
            byDefault(
                    "mode",
                    Formats.choice("mode of TLS", ServerTls.Mode.class),
                    "verify-full",
                    "verify-full",
                    "What is asked of a member, as libpq's `sslmode`. `prefer`: TLS if it can."
                            + " `require`: TLS, whoever it is. `verify-ca`: also a certificate"
                            + " signed by one of `ca-file`. `verify-full`: also one for the"
                            + " address that `nodes` has for the member's machine.");

    static final Value<Path> AUTHORITIES =
            optional(
                    "ca-file",
                    Formats.PATH,
                    "nobody looks at certificates; not possible with `verify-ca` and `verify-full`",
                    "/etc/ssl/database-ca.pem",
                    "A PEM file with the authorities whose certificates are believed. It is read"
                            + " again within seconds when it changes.");

    static final Value<Path> CERTIFICATE =
            optional(
                    "certificate-file",
                    Formats.PATH,
                    "none is shown",
                    "/etc/ssl/shoestring.pem",
                    "A PEM file with the certificate that is shown to members that ask for one"
                            + " (`clientcert` or `cert` in their `pg_hba.conf`), by listeners for"
                            + " all their clients and by agents. It and its key are read again"
                            + " within seconds when they change.");

    static final Value<Path> KEY =
            optional(
                    "key-file",
                    Formats.PATH,
                    "there is no `certificate-file` either",
                    "/etc/ssl/shoestring.key",
                    "A PEM file with the certificate's key, in PKCS#8 (`BEGIN PRIVATE KEY`).");

    static final Section TLS =
            new Section(
                    "tls",
                    "the TLS to a database's members",
                    new Need.Otherwise(
                            "listeners connect to members without TLS, agents with it if the"
                                    + " member can"),
                    "How listeners and agents encrypt their connections to the members. Replication"
                            + " is not concerned: that is between the members.",
                    List.of(MODE, AUTHORITIES, CERTIFICATE, KEY));

    /** Of a listener whose servers are asked in its own way. */
    static final Section LISTENER_TLS =
            new Section(
                    "server-tls",
                    "the TLS to a mysql listener's servers",
                    new Need.Otherwise("they are not encrypted"),
                    "How the connections to the servers are encrypted that carry clients' commands,"
                            + " and KILL. What `account` asks goes without TLS.",
                    List.of(MODE, AUTHORITIES, CERTIFICATE, KEY));

    private ServerTlsKeys() {}

    /** Of a database in which nothing was found wrong; empty if it has none. */
    static Optional<ServerTls> build(Fields database, UnaryOperator<Path> resolve) {
        return build(database, TLS, resolve);
    }

    /** By such a section of what nothing was found wrong in; empty if it has none. */
    static Optional<ServerTls> build(Fields parent, Section section, UnaryOperator<Path> resolve) {
        if (!parent.names().contains(section.name())) {
            return Optional.empty();
        }
        Fields fields = parent.section(section);
        return Optional.of(
                new ServerTls(
                        fields.sound(MODE),
                        fields.value(AUTHORITIES).map(file -> resolve.apply(file.value())),
                        fields.value(CERTIFICATE)
                                .map(
                                        file ->
                                                new ServerTls.Certificate(
                                                        resolve.apply(file.value()),
                                                        resolve.apply(fields.sound(KEY))))));
    }

    /** What verifies needs somebody to believe, and nothing else does. */
    static void check(Fields parent, Section section, Problems problems) {
        if (!parent.names().contains(section.name())) {
            return;
        }
        Fields fields = parent.section(section);
        checkPair(fields, CERTIFICATE, KEY, problems);
        checkPair(fields, KEY, CERTIFICATE, problems);
        Optional<Placed<ServerTls.Mode>> mode = fields.value(MODE);
        Optional<Placed<Path>> authorities = fields.value(AUTHORITIES);
        if (mode.isEmpty()) {
            return;
        }
        String name = mode.get().value().sslMode();
        if (mode.get().value().verifies() && !fields.names().contains(AUTHORITIES.name())) {
            problems.add(
                    fields.spot(),
                    "has no ca-file, so that nothing can be verified",
                    Optional.of("name the file with the authority, or set 'mode: require'"));
        } else if (!mode.get().value().verifies() && authorities.isPresent()) {
            problems.add(
                    authorities.get().spot(),
                    "is not looked at with mode " + name,
                    Optional.of("set 'mode: verify-full', or take it away"));
        }
    }

    private static void checkPair(
            Fields fields, Value<Path> one, Value<Path> other, Problems problems) {
        fields.value(one)
                .filter(_ -> !fields.names().contains(other.name()))
                .ifPresent(
                        file ->
                                problems.add(
                                        file.spot(),
                                        "is of no use without '" + other.name() + "'",
                                        Optional.of("name that file, too")));
    }
}
