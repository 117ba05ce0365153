package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about what stands before the routes of an http listener. */
final class GuardKeys {
    private static final Duration SHORTEST = Duration.ofMillis(100);

    private static final Format<String> REALM_TEXT =
            new Format<>(
                    String.class,
                    "realm",
                    "a text of at most 64 printable characters without quotes",
                    "",
                    Map.of("type", "string", "pattern", "^[ !#-\\[\\]-~]{1,64}$"),
                    text ->
                            text.matches("[ !#-\\[\\]-~]{1,64}")
                                    ? Parsed.good(text)
                                    : Parsed.bad(Quoted.text(text) + " is not a realm"));

    static final Value<Integer> REQUESTS =
            required(
                    "requests",
                    Formats.wholeNumber("number of requests", 1, 1_000_000),
                    "100",
                    "How many requests may be made within `per`, also all at once.");

    static final Value<Duration> PER =
            byDefault("per", Formats.DURATION_TEXT, "1s", "10s", "In which time.");

    static final Value<RequestKey> BY =
            byDefault(
                    "by",
                    RouteFormats.REQUEST_KEY,
                    "address",
                    "header X-Api-Key",
                    "Whose requests are counted together.");

    static final Value<Boolean> SHARED =
            byDefault(
                    "shared",
                    Formats.YES_OR_NO,
                    "no",
                    "yes",
                    "Whether requests at all nodes are counted together. The nodes tell each other"
                            + " twice a second; what a client does within that time may be allowed"
                            + " by each of them.");

    private static final Section LIMIT =
            RouteKeys.section(
                    "<limit>", "a limit", "How often clients may ask.", REQUESTS, PER, BY, SHARED);

    static final Items LIMITS =
            new Items(
                    "limits",
                    new Need.Otherwise("none"),
                    "How many requests each client may make; who makes more is answered with 429"
                        + " and told when to come again. Each node counts for itself unless a limit"
                        + " is `shared`, of at most 100,000 clients for each limit. They come"
                        + " before `refusals`.",
                    LIMIT);

    static final Value<Path> USERS =
            required(
                    "users-file",
                    Formats.PATH,
                    "/etc/shoestring/shop.users",
                    "A file with a line `name:hash` for each user, as `htpasswd -B` (bcrypt) and"
                        + " `mkpasswd -m sha-512` make the hash. It is read again within seconds"
                        + " when it changes.");

    static final Value<String> REALM =
            byDefault(
                    "realm",
                    REALM_TEXT,
                    "restricted",
                    "Administration",
                    "What browsers tell people that they log in to.");

    private static final Section LOGIN =
            RouteKeys.section(
                    "<login>",
                    "a login",
                    "Which requests need a name and a password.",
                    USERS,
                    REALM);

    static final Items LOGINS =
            new Items(
                    "logins",
                    new Need.Otherwise("none"),
                    "Which requests for servers need a name and a password (HTTP's basic"
                        + " authentication; use it with `tls`). The first that fits is asked for."
                        + " The server is sent both.",
                    LOGIN);

    static final Value<Integer> PAGE_STATUS =
            required(
                    "status",
                    Formats.wholeNumber("status of an error", 400, 599),
                    "503",
                    "The status of the answers that it is for.");

    static final Value<Path> PAGE_FILE =
            required(
                    "file",
                    Formats.PATH,
                    "/etc/shoestring/503.html",
                    "At most 64 KiB of text; `.html` and `.json` are told to clients as such."
                            + " `{id}` in it stands for the request's id.");

    private static final Section PAGE =
            new Section(
                    "<page>",
                    "an error page",
                    new Need.Required(),
                    "What clients are shown.",
                    List.of(PAGE_STATUS, PAGE_FILE));

    static final Items ERROR_PAGES =
            new Items(
                    "error-pages",
                    new Need.Otherwise("a sentence of plain text"),
                    "What clients are shown when the listener itself answers with an error. The"
                            + " files are read when the configuration is.",
                    PAGE);

    private GuardKeys() {}

    /** Of a listener in which nothing was found wrong. */
    static HttpGuards build(Fields listener, UnaryOperator<Path> resolve) {
        Fields limits = listener.items(LIMITS);
        Fields logins = listener.items(LOGINS);
        Fields pages = listener.items(ERROR_PAGES);
        Map<Integer, Path> errorPages = new LinkedHashMap<>();
        pages.names().stream()
                .map(pages::child)
                .forEach(
                        page ->
                                errorPages.put(
                                        page.sound(PAGE_STATUS),
                                        resolve.apply(page.sound(PAGE_FILE))));
        return new HttpGuards(
                limits.names().stream()
                        .map(limits::child)
                        .map(
                                each ->
                                        new LimitConfig(
                                                RouteKeys.match(each),
                                                each.sound(REQUESTS),
                                                each.sound(PER),
                                                each.sound(BY),
                                                each.sound(SHARED)))
                        .toList(),
                logins.names().stream()
                        .map(logins::child)
                        .map(
                                each ->
                                        new LoginConfig(
                                                RouteKeys.match(each),
                                                resolve.apply(each.sound(USERS)),
                                                each.sound(REALM)))
                        .toList(),
                errorPages);
    }

    /** No limit that cannot be kept, and no page for a status that has one. */
    static void check(Fields listener, Problems problems) {
        Fields limits = listener.items(LIMITS);
        limits.names().stream()
                .flatMap(each -> limits.child(each).value(PER).stream())
                .filter(per -> per.value().compareTo(SHORTEST) < 0)
                .forEach(per -> problems.add(per.spot(), "is too short; expected at least 100ms"));
        Fields pages = listener.items(ERROR_PAGES);
        Map<Integer, String> pageOf = new LinkedHashMap<>();
        for (String name : pages.names()) {
            Fields page = pages.child(name);
            page.value(PAGE_STATUS)
                    .filter(
                            status ->
                                    pageOf.putIfAbsent(status.value(), page.spot().path()) != null)
                    .ifPresent(
                            status ->
                                    problems.add(
                                            status.spot(),
                                            "%d has a page already: %s"
                                                    .formatted(
                                                            status.value(),
                                                            pageOf.get(status.value())),
                                            Optional.of("remove one of them")));
        }
    }
}
