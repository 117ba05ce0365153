package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;
import io.shoestring.config.RouteConfig.Action;
import io.shoestring.config.RouteConfig.Condition;
import io.shoestring.config.RouteConfig.Match;
import io.shoestring.config.RouteConfig.Target;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The part of {@link Keys} that is about requests: where they go, and what is changed in them. */
final class RouteKeys {
    static final Value<String> HOST =
            optional(
                    "host",
                    Formats.HOST,
                    "every host",
                    "shop.example.com",
                    "The host that the request names, without its port.");

    static final Value<String> PATH =
            optional(
                    "path",
                    Formats.URL_PATH,
                    "every path",
                    "/api/",
                    "The path that the request names: when it ends with `/`, every path that begins"
                            + " with it, else only this one.");

    static final Value<Pattern> PATH_MATCHES =
            optional(
                    "path-matches",
                    CheckFormats.REGULAR_EXPRESSION,
                    "every path",
                    "\\.(png|jpg)$",
                    "What must be found in the path.");

    private static final Value<String> METHOD =
            required("<method>", RouteFormats.METHOD, "GET", "A method.");

    static final Items METHODS =
            items("methods", "every method", "The methods of the request: one of them.", METHOD);

    private static final Value<Condition> HEADER =
            required("<field>", RouteFormats.HEADER_CONDITION, "X-Beta: yes", "A header field.");

    static final Items HEADERS =
            items(
                    "headers",
                    "any",
                    "Header fields that the request must have: all of them.",
                    HEADER);

    private static final Value<Condition> COOKIE =
            required("<cookie>", RouteFormats.PAIR_CONDITION, "beta=yes", "A cookie.");

    static final Items COOKIES =
            items("cookies", "any", "Cookies that the request must have: all of them.", COOKIE);

    private static final Value<Condition> PARAMETER =
            required("<parameter>", RouteFormats.PAIR_CONDITION, "debug=1", "A parameter.");

    static final Items QUERIES =
            items(
                    "query",
                    "any",
                    "Parameters that the request's query must have: all of them.",
                    PARAMETER);

    private static final Value<IpNetwork> NETWORK =
            required("<range>", NetworkFormats.NETWORK, "10.0.0.0/8", "Addresses.");

    static final Items FROM =
            items("from", "every client", "The addresses of the clients: one of them.", NETWORK);

    static final Items NOT_FROM =
            items("not-from", "every client", "Addresses that the client does not have.", NETWORK);

    static final Value<String> BACKEND =
            required(
                    "backend",
                    Formats.NAME,
                    "cache",
                    "The backend that such requests are led to; one of `backends`.");

    static final Value<String> REWRITE =
            optional(
                    "rewrite",
                    RouteFormats.PATH_TEMPLATE,
                    "servers are asked for the path that the client wrote",
                    "/",
                    "What takes the place of the route's `path` in the path that servers are asked"
                        + " for; with `path-matches`, of the whole path, and `$1` stands for what"
                        + " its first group found. The query stays.");

    static final Value<Integer> PRIORITY =
            byDefault(
                    "priority",
                    Formats.wholeNumber("priority", -100, 100),
                    "0",
                    "10",
                    "Which requests get a server's next free place while others wait for one, too:"
                            + " those of the highest number first; of one number, in the order in"
                            + " which they came.");

    private static final Value<Target> TO =
            required(
                    "to",
                    RouteFormats.TARGET_URL,
                    "https://{host}{target}",
                    "Where clients with such requests are sent.");

    static final Value<Integer> REDIRECT_STATUS =
            byDefault(
                    "status",
                    Formats.wholeNumber("status of a redirect", 301, 308),
                    "308",
                    "308",
                    "The status of the answer: 301, 302, 303, 307 or 308.");

    private static final Value<Integer> REFUSAL_STATUS =
            byDefault(
                    "status",
                    Formats.wholeNumber("status of an error", 400, 599),
                    "403",
                    "403",
                    "The status of the answer.");

    private static final List<Key> CONDITIONS =
            List.of(HOST, PATH, PATH_MATCHES, METHODS, HEADERS, COOKIES, QUERIES, FROM, NOT_FROM);

    private static final Section ROUTE =
            section("<route>", "a route", "Which requests go where.", BACKEND, REWRITE, PRIORITY);

    static final Items ROUTES =
            items(
                    "routes",
                    "none: everything goes to `backend`",
                    "Which requests go where; the first route that fits is taken.",
                    ROUTE);

    private static final Section REDIRECT =
            section(
                    "<redirect>",
                    "a redirect",
                    "Which clients are sent elsewhere.",
                    TO,
                    REDIRECT_STATUS);

    static final Items REDIRECTS =
            items(
                    "redirects",
                    "none",
                    "Which requests are answered with another address. They come before `routes`;"
                            + " the first that fits is taken.",
                    REDIRECT);

    private static final Section REFUSAL =
            section(
                    "<refusal>",
                    "a refusal",
                    "Which requests are answered with an error.",
                    REFUSAL_STATUS);

    static final Items REFUSALS =
            items(
                    "refusals",
                    "none",
                    "Which requests are answered with an error, without asking any server. They"
                            + " come before `redirects` and `routes`.",
                    REFUSAL);

    private static final Value<HeaderField> FIELD =
            required(
                    "<field>",
                    RouteFormats.HEADER_FIELD,
                    "X-Frame-Options: DENY",
                    "A header field.");

    private static final Value<String> NAME =
            required("<name>", RouteFormats.HEADER_NAME, "X-Powered-By", "A header field's name.");

    private static final Items SET =
            items("set", "none", "Fields that take the place of all others of their name.", FIELD);

    private static final Items ADD =
            items("add", "none", "Fields that are added behind those that are there.", FIELD);

    private static final Items REMOVE =
            items("remove", "none", "The names of fields that do not go on.", NAME);

    static final Section REQUEST_HEADERS =
            rules("request-headers", "What is changed in the header of each request for a server.");

    static final Section RESPONSE_HEADERS =
            rules("response-headers", "What is changed in the header of each server's answer.");

    static final Value<String> REQUEST_ID =
            optional(
                    "request-id",
                    RouteFormats.HEADER_NAME,
                    "servers are told no id",
                    "X-Request-Id",
                    "The header field in which servers are told the request's id, by which it is"
                            + " found in logs. One that the client sent is kept.");

    private RouteKeys() {}

    private static Items items(String name, String otherwise, String documentation, Key each) {
        return new Items(name, new Need.Otherwise(otherwise), documentation, each);
    }

    private static Section rules(String name, String documentation) {
        return new Section(
                name,
                "the changes of a header",
                new Need.Otherwise("nothing is changed"),
                documentation,
                List.of(SET, ADD, REMOVE));
    }

    /** With all that a request may be asked to be like. */
    static Section section(String name, String noun, String documentation, Key... more) {
        List<Key> keys = Stream.concat(CONDITIONS.stream(), Stream.of(more)).toList();
        return new Section(name, noun, new Need.Required(), documentation, keys);
    }

    /** What becomes of requests, in the order in which it is looked at. */
    static List<RouteConfig> routes(Fields listener) {
        List<RouteConfig> routes = new ArrayList<>();
        add(
                routes,
                listener.items(REFUSALS),
                each -> new Action.Refuse(each.sound(REFUSAL_STATUS)));
        add(
                routes,
                listener.items(REDIRECTS),
                each -> new Action.Redirect(each.sound(TO), each.sound(REDIRECT_STATUS)));
        add(
                routes,
                listener.items(ROUTES),
                each ->
                        new Action.ToBackend(
                                each.sound(BACKEND),
                                each.value(REWRITE).map(Placed::value),
                                each.sound(PRIORITY)));
        listener.value(BackendKeys.DEFAULT_BACKEND)
                .map(backend -> new Action.ToBackend(backend.value()))
                .ifPresent(rest -> routes.add(new RouteConfig(Match.ALL, rest)));
        return routes;
    }

    private static void add(
            List<RouteConfig> routes, Fields list, Function<Fields, Action> action) {
        list.names().stream()
                .map(list::child)
                .forEach(each -> routes.add(new RouteConfig(match(each), action.apply(each))));
    }

    /** What a request must be like. */
    static Match match(Fields fields) {
        return new Match(
                fields.value(HOST).map(Placed::value),
                fields.value(PATH).map(Placed::value),
                fields.value(PATH_MATCHES).map(Placed::value),
                fields.values(METHODS, METHOD),
                fields.values(HEADERS, HEADER),
                fields.values(COOKIES, COOKIE),
                fields.values(QUERIES, PARAMETER),
                fields.values(FROM, NETWORK),
                fields.values(NOT_FROM, NETWORK));
    }

    /** The changes in which nothing was found wrong. */
    static HeaderRules rules(Fields listener, Section key) {
        Fields fields = listener.section(key);
        return new HeaderRules(
                fields.values(SET, FIELD), fields.values(ADD, FIELD), fields.values(REMOVE, NAME));
    }
}
