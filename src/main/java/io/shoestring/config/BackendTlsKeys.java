package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;

import io.shoestring.config.BackendTls.Verify;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** How connections to the servers of a backend are encrypted: keys of a backend. */
final class BackendTlsKeys {
    static final Value<Verify> VERIFY =
            byDefault(
                    "verify",
                    Formats.choice("verification", Verify.class),
                    "full",
                    "full",
                    "What a server has to prove. `full`: its certificate is signed by an authority"
                            + " and is for its name. `authority`: it is signed, for whomever."
                            + " `none`: nothing.");

    static final Value<Path> AUTHORITIES =
            optional(
                    "ca-file",
                    Formats.PATH,
                    "the public authorities that Java's runtime knows",
                    "/etc/ssl/internal-ca.pem",
                    "A PEM file with the authorities whose certificates are believed. It is read"
                            + " again within seconds when it changes.");

    static final Value<String> SERVER_NAME =
            optional(
                    "server-name",
                    Formats.HOST,
                    "the host of each server's `address`",
                    "shop.internal",
                    "The name that servers are asked for (SNI), and that their certificates must"
                            + " be for.");

    static final Value<Path> CERTIFICATE =
            optional(
                    "certificate",
                    Formats.PATH,
                    "none is shown",
                    "/etc/ssl/balancer.pem",
                    "A PEM file with the certificate that is shown to servers that ask for one, and"
                        + " its key, which may also stand beside it (`balancer.key`). It is read"
                        + " again within seconds when it changes.");

    static final Section TLS =
            new Section(
                    "tls",
                    "the TLS to a backend's servers",
                    new Need.Otherwise("servers are spoken to without TLS"),
                    "Servers are spoken to by TLS, and so are their checks. `tls: {}` asks for"
                            + " everything that is secure by itself.",
                    List.of(VERIFY, AUTHORITIES, SERVER_NAME, CERTIFICATE));

    static final Value<BackendConfig.Http2> HTTP2 =
            byDefault(
                    "http2",
                    Formats.choice("http2", BackendConfig.Http2.class),
                    "none",
                    "tls",
                    "Which servers HTTP listeners speak HTTP/2 with. `none`: none. `tls`: those"
                            + " that choose it in TLS; the others get HTTP/1.1. `always`: those"
                            + " and, without `tls`, all, which must expect it (`h2c`). Checks by"
                            + " http speak HTTP/1.1 in any case.");

    private BackendTlsKeys() {}

    /** Of a backend in which nothing was found wrong; empty if it has none. */
    static Optional<BackendTls> build(Fields backend, UnaryOperator<Path> resolve) {
        if (!backend.names().contains(TLS.name())) {
            return Optional.empty();
        }
        Fields fields = backend.section(TLS);
        return Optional.of(
                new BackendTls(
                        fields.sound(VERIFY),
                        fields.value(AUTHORITIES).map(file -> resolve.apply(file.value())),
                        fields.value(SERVER_NAME).map(Placed::value),
                        fields.value(CERTIFICATE).map(file -> resolve.apply(file.value()))));
    }

    /** Authorities that nobody would ask are a mistake. */
    static void check(Fields backend, Problems problems) {
        if (!backend.names().contains(TLS.name())) {
            backend.value(HTTP2)
                    .filter(http2 -> http2.value() == BackendConfig.Http2.TLS)
                    .ifPresent(
                            http2 ->
                                    problems.add(
                                            http2.spot(),
                                            "has no effect without 'tls'",
                                            Optional.of(
                                                    "add 'tls', or set 'http2: always' if the"
                                                            + " servers expect it without")));
            return;
        }
        Fields fields = backend.section(TLS);
        boolean blind =
                fields.value(VERIFY).filter(verify -> verify.value() == Verify.NONE).isPresent();
        fields.value(AUTHORITIES)
                .filter(_ -> blind)
                .ifPresent(
                        file ->
                                problems.add(
                                        file.spot(),
                                        "is not looked at with 'verify: none'",
                                        Optional.of("take 'verify: none' away, or this")));
    }
}
