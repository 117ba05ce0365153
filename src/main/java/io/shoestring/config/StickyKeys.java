package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about clients that stay with their server. */
final class StickyKeys {
    private static final Value<String> NAME =
            required("name", RouteFormats.COOKIE_NAME, "SERVER", "The name of the cookie.");

    private static final Value<StickyCookie.Mode> MODE =
            byDefault(
                    "mode",
                    Formats.choice("mode", StickyCookie.Mode.class),
                    "insert",
                    "insert",
                    "`insert`: the cookie is the balancer's own. `prefix`: it is the application's,"
                        + " such as its session's; the server's name and `~` stand before its"
                        + " value, and are taken off again for servers. `rewrite`: it is the"
                        + " application's, which sets it for this purpose; its value is replaced by"
                        + " the server's name.");

    private static final Value<Boolean> INDIRECT =
            byDefault(
                    "indirect",
                    Formats.YES_OR_NO,
                    "yes",
                    "no",
                    "Of `insert`: whether servers do not see the cookie.");

    private static final Value<Boolean> NO_CACHE =
            byDefault(
                    "no-cache",
                    Formats.YES_OR_NO,
                    "yes",
                    "no",
                    "Whether an answer in which the cookie is set has `Cache-Control: private`, so"
                            + " that no cache hands it to other clients.");

    private static final Value<Path> KEY_FILE =
            optional(
                    "key-file",
                    Formats.PATH,
                    "clients can make a cookie for any server",
                    "/etc/shoestring/cookie.keys",
                    "The cookie is signed (HMAC-SHA256) by the key in the first line of this file,"
                        + " and believed if it is signed by a key in any line; at least 32"
                        + " characters each, the same at all balancers. It is read again with each"
                        + " configuration.");

    static final Section COOKIE =
            new Section(
                    "sticky-cookie",
                    "a sticky cookie",
                    new Need.Otherwise("each request goes to a server by `balance`"),
                    "A cookie that keeps each client of an HTTP listener with one server. Its value"
                        + " says the server's name; it alone decides, so any balancer can serve the"
                        + " next request. When its server is down or in maintenance, the client"
                        + " gets another one, and a new cookie; a server that is drained still"
                        + " serves its own clients.",
                    List.of(NAME, MODE, INDIRECT, NO_CACHE, KEY_FILE),
                    Optional.of(NAME));

    private StickyKeys() {}

    /**
     * The cookie of a backend in which nothing was found wrong; empty if it has none.
     *
     * @param resolve makes a path of the file absolute
     */
    static Optional<StickyCookie> build(Fields backend, UnaryOperator<Path> resolve) {
        if (!backend.names().contains(COOKIE.name())) {
            return Optional.empty();
        }
        Fields fields = backend.section(COOKIE);
        return Optional.of(
                new StickyCookie(
                        fields.sound(NAME),
                        fields.sound(MODE),
                        fields.sound(INDIRECT),
                        fields.sound(NO_CACHE),
                        fields.value(KEY_FILE).map(file -> resolve.apply(file.value()))));
    }

    /** Nothing is hidden that servers set themselves. */
    static void check(Fields backend, Problems problems) {
        Fields fields = backend.section(COOKIE);
        boolean inserted =
                fields.value(MODE)
                        .filter(mode -> mode.value() == StickyCookie.Mode.INSERT)
                        .isPresent();
        fields.value(INDIRECT)
                .filter(indirect -> indirect.written() && !inserted)
                .ifPresent(
                        indirect ->
                                problems.add(
                                        indirect.spot(),
                                        "is only for 'mode: insert'",
                                        Optional.of("set that, or remove this")));
    }
}
