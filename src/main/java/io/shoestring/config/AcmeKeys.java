package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about who issues certificates. */
final class AcmeKeys {
    private static final Format<URI> DIRECTORY_ADDRESS =
            new Format<>(
                    URI.class,
                    "address of a directory",
                    "an address that begins with https://",
                    "",
                    Map.of("type", "string", "pattern", "^https://[^/].*$"),
                    AcmeKeys::parse);

    private static final Format<String> EMAIL_ADDRESS =
            new Format<>(
                    String.class,
                    "e-mail address",
                    "an e-mail address",
                    "",
                    Map.of("type", "string", "pattern", "^[!-?A-~]+@[!-?A-~]+$"),
                    text ->
                            text.matches("[!-?A-~]+@[!-?A-~]+")
                                    ? Parsed.good(text)
                                    : Parsed.bad(Quoted.text(text) + " is not an e-mail address"));

    static final Value<URI> DIRECTORY =
            byDefault(
                    "directory",
                    DIRECTORY_ADDRESS,
                    "https://acme-v02.api.letsencrypt.org/directory",
                    "https://acme-staging-v02.api.letsencrypt.org/directory",
                    "The address of the authority's directory.");

    static final Value<Boolean> AGREED =
            required(
                    "agree-to-terms",
                    Formats.YES_OR_NO,
                    "yes",
                    "Whether you agree to the authority's terms of service. Nothing is asked of it"
                            + " with `no`.");

    static final Value<String> EMAIL =
            optional(
                    "email",
                    EMAIL_ADDRESS,
                    "the account has none",
                    "operations@example.com",
                    "Where the authority may write to.");

    static final Value<Path> AUTHORITIES =
            optional(
                    "ca-file",
                    Formats.PATH,
                    "the public authorities that Java's runtime knows",
                    "/etc/ssl/internal-ca.pem",
                    "A PEM file with those who are believed to sign the certificate that the"
                            + " directory itself shows: for an authority of your own.");

    static final Section ACME =
            new Section(
                    "acme",
                    "who issues certificates",
                    new Need.Otherwise("listeners have only certificates from files"),
                    "Who issues certificates by ACME (RFC 8555), for the names under `tls.acme` of"
                            + " listeners. One account, and each certificate, belongs to the whole"
                            + " cluster.",
                    List.of(DIRECTORY, AGREED, EMAIL, AUTHORITIES));

    private AcmeKeys() {}

    static void check(Fields root, Problems problems) {
        root.section(ACME)
                .value(AGREED)
                .filter(agreed -> !agreed.value())
                .ifPresent(
                        agreed ->
                                problems.add(
                                        agreed.spot(),
                                        "no authority issues anything to who does not agree to its"
                                                + " terms; expected yes, or no section acme"));
    }

    static Optional<AcmeConfig> build(Fields root, UnaryOperator<Path> resolve) {
        if (!root.names().contains(ACME.name())) {
            return Optional.empty();
        }
        Fields fields = root.section(ACME);
        return Optional.of(
                new AcmeConfig(
                        fields.sound(DIRECTORY),
                        fields.value(EMAIL).map(Placed::value),
                        fields.value(AUTHORITIES).map(file -> resolve.apply(file.value()))));
    }

    private static Parsed<URI> parse(String text) {
        try {
            URI address = new URI(text);
            return "https".equals(address.getScheme()) && address.getHost() != null
                    ? Parsed.good(address)
                    : Parsed.bad(Quoted.text(text) + " does not begin with https:// and a host");
        } catch (URISyntaxException e) {
            return Parsed.bad(Quoted.text(text) + " is not an address: " + e.getReason());
        }
    }
}
