package io.shoestring.config;

import io.shoestring.config.RouteConfig.Action.ToBackend;
import io.shoestring.config.RouteConfig.Condition;
import io.shoestring.config.RouteConfig.Target;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kinds of values that are about HTTP requests. */
final class RouteFormats {
    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final Pattern NAME = Pattern.compile(TOKEN);

    /** No controls, and nothing else that ends a line for anybody who reads it. */
    private static final String VALUE = "[^\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}]*";

    private static final Pattern FIELD = Pattern.compile("(" + TOKEN + "):[ \t]*(" + VALUE + ")");
    private static final Pattern HEADER =
            Pattern.compile("(" + TOKEN + ")(?::[ \t]*(" + VALUE + "))?");
    private static final Pattern PAIR = Pattern.compile("([^=\\p{Cntrl}]+)(?:=(" + VALUE + "))?");
    private static final Pattern KEY =
            Pattern.compile("address|path|(header|cookie|query) +([!-~]{1,128})");
    private static final Pattern TARGET =
            Pattern.compile("(?:https?://|/|\\{target}|\\{path})[!-~]*");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^}]*)}");
    private static final List<String> PLACEHOLDERS = List.of("host", "path", "target");

    /** What the proxy itself must say, or the message would be another one. */
    private static final List<String> OWN =
            List.of(
                    "connection",
                    "content-length",
                    "host",
                    "keep-alive",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    static final Format<String> METHOD =
            new Format<>(
                    String.class,
                    "method of HTTP",
                    "a method such as GET, in capitals",
                    "",
                    Map.of("type", "string", "pattern", "^[A-Z-]{1,32}$"),
                    text ->
                            text.matches("[A-Z-]{1,32}")
                                    ? Parsed.good(text)
                                    : Parsed.bad(Quoted.text(text) + " is not a method"));

    static final Format<Condition> HEADER_CONDITION =
            new Format<>(
                    Condition.class,
                    "header field that is asked for",
                    "a header field such as \"X-Beta: yes\", or only its name",
                    "`\"X-Beta: yes\"` (in quotes): the field has that value. `X-Beta`: it is"
                            + " there.",
                    Map.of("type", "string", "pattern", "^[^:]+(:.*)?$"),
                    text -> condition(HEADER, text, "header field"));

    static final Format<Condition> PAIR_CONDITION =
            new Format<>(
                    Condition.class,
                    "name and value that are asked for",
                    "a name and a value such as beta=yes, or only a name",
                    "`beta=yes`: it has that value. `beta`: it is there.",
                    Map.of("type", "string", "minLength", 1),
                    text -> condition(PAIR, text, "name and value"));

    static final Format<Target> TARGET_URL =
            new Format<>(
                    Target.class,
                    "target of a redirect",
                    "a URL or a path, such as https://{host}{target}",
                    "A URL or a path. `{host}` stands for the request's host, `{path}` for its"
                            + " path, `{target}` for its path and query.",
                    Map.of("type", "string", "pattern", "^(https?://|/|\\{target\\}|\\{path\\})"),
                    RouteFormats::target);

    static final Format<RequestKey> REQUEST_KEY =
            new Format<>(
                    RequestKey.class,
                    "what tells requests apart",
                    "address, path, or header, cookie or query and a name, such as header"
                            + " X-Api-Key",
                    "`address`: the client's address. `path`: the path without the query. `header"
                            + " NAME`, `cookie NAME`, `query NAME`: the value of that; requests"
                            + " without it are told apart by the client's address.",
                    Map.of(
                            "type",
                            "string",
                            "pattern",
                            "^(address|path|(header|cookie|query) .+)$"),
                    RouteFormats::requestKey);

    static final Format<String> PATH_TEMPLATE =
            new Format<>(
                    String.class,
                    "path to ask for",
                    "a path such as /v2/, without query",
                    "A path without query; `$1` to `$9` stand for groups of `path-matches`.",
                    Map.of("type", "string", "pattern", "^" + ToBackend.REWRITE + "$"),
                    text ->
                            text.matches(ToBackend.REWRITE)
                                    ? Parsed.good(text)
                                    : Parsed.bad(Quoted.text(text) + " is not a path"));

    static final Format<HeaderField> HEADER_FIELD =
            new Format<>(
                    HeaderField.class,
                    "header field",
                    "a header field such as \"X-Frame-Options: DENY\"",
                    "A name, a colon and a value, in quotes: `\"X-Frame-Options: DENY\"`. Not a"
                            + " field by which the end of a message or of a connection is told, nor"
                            + " `Host`.",
                    Map.of("type", "string", "pattern", "^[^:]+:.*$"),
                    RouteFormats::field);

    static final Format<String> HEADER_NAME =
            new Format<>(
                    String.class,
                    "name of a header field",
                    "the name of a header field such as X-Request-Id",
                    "The name of a header field; its letters' case does not matter. Not one by"
                            + " which the end of a message or of a connection is told, nor `Host`.",
                    Map.of("type", "string", "pattern", "^" + TOKEN + "$"),
                    RouteFormats::name);

    static final Format<String> COOKIE_NAME =
            new Format<>(
                    String.class,
                    "name of a cookie",
                    "the name of a cookie such as SERVER",
                    "The name of a cookie; its letters' case matters.",
                    Map.of("type", "string", "pattern", "^" + TOKEN + "$"),
                    RouteFormats::cookieName);

    private RouteFormats() {}

    private static Parsed<RequestKey> requestKey(String text) {
        Matcher matcher = KEY.matcher(text);
        if (!matcher.matches()) {
            return Parsed.bad(Quoted.text(text) + " tells no requests apart");
        }
        if (matcher.group(1) == null) {
            return Parsed.good(text.equals("path") ? RequestKey.PATH : RequestKey.ADDRESS);
        }
        return Parsed.good(
                new RequestKey(
                        RequestKey.By.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
                        matcher.group(2)));
    }

    private static Parsed<String> cookieName(String text) {
        return NAME.matcher(text).matches()
                ? Parsed.good(text)
                : Parsed.bad(Quoted.text(text) + " is not the name of a cookie");
    }

    private static Parsed<Condition> condition(Pattern pattern, String text, String noun) {
        Matcher matcher = pattern.matcher(text);
        return matcher.matches()
                ? Parsed.good(
                        new Condition(
                                matcher.group(1),
                                Optional.ofNullable(matcher.group(2)).map(String::strip)))
                : Parsed.bad(Quoted.text(text) + " is not a " + noun);
    }

    private static Parsed<Target> target(String text) {
        if (!TARGET.matcher(text).matches()) {
            return Parsed.bad(Quoted.text(text) + " is neither a URL nor a path");
        }
        return PLACEHOLDER
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .filter(name -> !PLACEHOLDERS.contains(name))
                .findFirst()
                .map(
                        name ->
                                Parsed.<Target>bad(
                                        Quoted.text("{" + name + "}") + " stands for nothing",
                                        Suggestion.nearest(name, PLACEHOLDERS)
                                                .map(near -> "did you mean '{" + near + "}'?")
                                                .orElse("{host}, {path} and {target} do")))
                .orElseGet(() -> Parsed.good(new Target(text)));
    }

    private static Parsed<HeaderField> field(String text) {
        Matcher matcher = FIELD.matcher(text);
        if (!matcher.matches()) {
            return Parsed.bad(Quoted.text(text) + " is not a header field");
        }
        return switch (name(matcher.group(1))) {
            case Parsed.Good<String>(var name) ->
                    Parsed.good(new HeaderField(name, matcher.group(2).strip()));
            case Parsed.Bad<String>(var message, var hint) -> new Parsed.Bad<>(message, hint);
        };
    }

    private static Parsed<String> name(String text) {
        if (!NAME.matcher(text).matches()) {
            return Parsed.bad(Quoted.text(text) + " is not the name of a header field");
        }
        return OWN.contains(text.toLowerCase(Locale.ROOT))
                ? Parsed.bad(Quoted.text(text) + " is written by the proxy itself")
                : Parsed.good(text);
    }
}
