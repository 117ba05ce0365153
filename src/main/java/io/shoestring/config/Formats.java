package io.shoestring.config;

import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Follows;
import io.shoestring.model.IpPrefix;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The kinds of values that a configuration has. */
final class Formats {
    private static final Pattern WHOLE_NUMBER = Pattern.compile("-?(0|[1-9][0-9]*)");
    private static final Pattern SHORT_NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");
    private static final Pattern DURATION = Pattern.compile("(0|[1-9][0-9]{0,8})(ms|s|m)");
    private static final Pattern INTERFACE_NAME = Pattern.compile("[^\\s/:]{1,15}");
    private static final Pattern FOLLOWED =
            Pattern.compile("(primary +of|replicas +of|listener) +(\\S+)");
    private static final Duration LONGEST_DURATION = Duration.ofHours(1);

    static final Format<String> NAME =
            new Format<>(
                    String.class,
                    "name",
                    "a name of at most 63 characters from a-z, 0-9, '-' and '_' that starts with a"
                            + " letter or a digit",
                    "1 to 63 characters from `a-z`, `0-9`, `-` and `_`; starts with a letter or a"
                            + " digit.",
                    text("^" + SHORT_NAME.pattern() + "$"),
                    Formats::parseName);

    static final Format<String> ROLE =
            new Format<>(
                    String.class,
                    "role name",
                    "the name of a PostgreSQL role, 1 to 63 characters",
                    "The name of a PostgreSQL role, exactly as the server knows it; 1 to 63"
                            + " characters.",
                    text("^[^\\u0000-\\u001f\\u007f]{1,63}$"),
                    text -> parseText(text, "role name"));

    static final Format<String> USER =
            new Format<>(
                    String.class,
                    "user name",
                    "the name of a user, 1 to 63 characters",
                    "The name of a user, exactly as the other side knows it; 1 to 63 characters.",
                    text("^[^\\u0000-\\u001f\\u007f]{1,63}$"),
                    text -> parseText(text, "user name"));

    static final Format<Path> PATH =
            new Format<>(
                    Path.class,
                    "path",
                    "the path of a file or a directory",
                    "A file or a directory; a relative path starts at the directory of"
                            + " `shoestring.yaml`.",
                    Map.of("type", "string", "minLength", 1),
                    Formats::parsePath);

    static final Format<Duration> DURATION_TEXT =
            new Format<>(
                    Duration.class,
                    "duration",
                    "a duration such as 500ms, 30s or 5m, at most 60m",
                    "A whole number and its unit: `500ms`, `30s`, `5m`; at most `60m`.",
                    text("^" + DURATION.pattern() + "$"),
                    Formats::parseDuration);

    static final Format<String> HOST =
            new Format<>(
                    String.class,
                    "host",
                    "an IPv4 address, an IPv6 address or a host name, without a port",
                    "An IPv4 address, an IPv6 address (in quotes) or a host name, without a port;"
                            + " one by which the other machines reach this one.",
                    text("^[^\\s/]+$"),
                    Addresses::parseHost);

    static final Format<Endpoint> ENDPOINT =
            new Format<>(
                    Endpoint.class,
                    "address and port",
                    "an address and a port such as 127.0.0.1:6432",
                    "`127.0.0.1:6432`, `\"[::1]:6432\"` (in quotes, or YAML takes the bracket for"
                            + " a list) or `host:6432`. `0.0.0.0` means every IPv4 address of the"
                            + " machine, `[::]` every address. Port 0 lets the system choose a"
                            + " free one.",
                    text("^(\\[[^\\s\\]]+\\]|[^\\s:/\\[\\]]+):[0-9]{1,5}$"),
                    Addresses::parseEndpoint);

    static final Format<Endpoint> SERVER_ADDRESS =
            new Format<>(
                    Endpoint.class,
                    "server address",
                    "an address and a port such as 10.0.0.21:8080",
                    "The address and port of a server: `10.0.0.21:8080`, `\"[fd00::21]:8080\"` (in"
                            + " quotes) or `web1.example.com:8080`. A name is looked up when"
                            + " Shoestring starts and again every 30 s; while it cannot be found,"
                            + " the last address is used.",
                    text("^(\\[[^\\s\\]]+\\]|[^\\s:/\\[\\]]+):[0-9]{1,5}$"),
                    Addresses::parseServer);

    static final Format<String> URL_PATH =
            new Format<>(
                    String.class,
                    "path of a URL",
                    "the path of a URL such as /api/",
                    "The path of a URL as it stands in a request, without query: `/api/`.",
                    text("^/[!-~]*$"),
                    Formats::parseUrlPath);

    static final Format<Boolean> YES_OR_NO =
            new Format<>(
                    Boolean.class,
                    "`yes` or `no`",
                    "yes or no",
                    "",
                    Map.of("type", "string", "enum", List.of("yes", "no")),
                    Formats::parseYesOrNo);

    static final Format<IpPrefix> ADDRESS_WITH_PREFIX =
            new Format<>(
                    IpPrefix.class,
                    "address with prefix",
                    "an IP address with the length of its subnet's prefix, such as 10.0.0.100/24",
                    "`10.0.0.100/24` or `\"fd00::100/64\"`: an address that one machine may have,"
                            + " and how many of its first bits it shares with its subnet.",
                    text("^[0-9A-Fa-f:.]+/[0-9]{1,3}$"),
                    Addresses::parsePrefix);

    static final Format<String> INTERFACE =
            new Format<>(
                    String.class,
                    "network interface",
                    "the name of a network interface, such as eth0",
                    "A network interface as `ip link` names it; 1 to 15 characters.",
                    text("^" + INTERFACE_NAME.pattern() + "$"),
                    Formats::parseInterface);

    static final Format<Follows> FOLLOWS =
            new Format<>(
                    Follows.class,
                    "what an address follows",
                    "'primary of' or 'replicas of' and the name of a database, or 'listener' and"
                            + " the name of a listener, such as 'primary of shop'",
                    "`primary of DATABASE`: the machine that has the primary of that database."
                            + " `replicas of DATABASE`: one with a good replica."
                            + " `listener LISTENER`: one on which that listener can serve.",
                    text("^(primary +of|replicas +of|listener) +" + SHORT_NAME.pattern() + "$"),
                    Formats::parseFollows);

    static final Format<URI> URL =
            new Format<>(
                    URI.class,
                    "URL",
                    "a URL such as https://10.0.0.20:2379",
                    "`http` or `https`, a host and a port: `https://10.0.0.20:2379`; no path.",
                    text("^https?://[^\\s/]+$"),
                    Addresses::parseUrl);

    static final Format<Integer> PORT = wholeNumber("port", 1, 65_535);

    private Formats() {}

    /** A whole number between two bounds, which belong to it. */
    static Format<Integer> wholeNumber(String noun, int minimum, int maximum) {
        return new Format<>(
                Integer.class,
                "%s (%d to %d)".formatted(noun, minimum, maximum),
                "a whole number from %d to %d".formatted(minimum, maximum),
                "",
                Map.of("type", "integer", "minimum", minimum, "maximum", maximum),
                text -> parseWholeNumber(text, noun, minimum, maximum));
    }

    /** One of an enum's constants, written in lower case with hyphens. */
    static <E extends Enum<E>> Format<E> choice(String noun, Class<E> type) {
        Map<String, E> constants =
                Arrays.stream(type.getEnumConstants())
                        .collect(Collectors.toMap(Formats::word, Function.identity()));
        List<String> words = Arrays.stream(type.getEnumConstants()).map(Formats::word).toList();
        return new Format<>(
                type,
                "`" + String.join("` or `", words) + "`",
                String.join(" or ", words),
                "",
                Map.of("type", "string", "enum", words),
                text -> parseChoice(text, noun, words, constants));
    }

    /** How a constant is written: in lower case, with hyphens. */
    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Map<String, Object> text(String pattern) {
        return Map.of("type", "string", "pattern", pattern);
    }

    private static Parsed<String> parseName(String text) {
        if (SHORT_NAME.matcher(text).matches()) {
            return Parsed.good(text);
        }
        String message = Quoted.text(text) + " is not a name";
        String lower = text.toLowerCase(Locale.ROOT).replace(' ', '-');
        return SHORT_NAME.matcher(lower).matches()
                ? Parsed.bad(message, Suggestion.didYouMean(lower))
                : Parsed.bad(message);
    }

    private static Parsed<String> parseInterface(String text) {
        return INTERFACE_NAME.matcher(text).matches()
                ? Parsed.good(text)
                : Parsed.bad(Quoted.text(text) + " is not the name of a network interface");
    }

    private static Parsed<Follows> parseFollows(String text) {
        Matcher matcher = FOLLOWED.matcher(text);
        if (matcher.matches() && SHORT_NAME.matcher(matcher.group(2)).matches()) {
            return Parsed.good(followed(matcher.group(1), matcher.group(2)));
        }
        if (text.startsWith("replica of ")) {
            return Parsed.bad(
                    Quoted.text(text) + " is nothing that an address can follow",
                    Suggestion.didYouMean(text.replaceFirst("replica", "replicas")));
        }
        String message = Quoted.text(text) + " is nothing that an address can follow";
        return SHORT_NAME.matcher(text).matches() && !text.equals("primary")
                ? Parsed.bad(message, Suggestion.didYouMean("primary of " + text))
                : Parsed.bad(message);
    }

    private static Follows followed(String what, String name) {
        return switch (what.charAt(0)) {
            case 'p' -> new Follows.PrimaryOf(new DatabaseName(name));
            case 'r' -> new Follows.ReplicaOf(new DatabaseName(name));
            default -> new Follows.HealthyListener(name, false);
        };
    }

    private static Parsed<String> parseText(String text, String noun) {
        boolean sound =
                !text.isEmpty()
                        && text.codePointCount(0, text.length()) <= 63
                        && text.chars().noneMatch(Character::isISOControl);
        return sound ? Parsed.good(text) : Parsed.bad(Quoted.text(text) + " is not a " + noun);
    }

    private static Parsed<String> parseUrlPath(String text) {
        boolean visible = text.chars().allMatch(each -> each > ' ' && each < 0x7f);
        boolean sound = text.startsWith("/") && visible && text.indexOf('?') < 0;
        return sound && text.indexOf('#') < 0
                ? Parsed.good(text)
                : Parsed.bad(Quoted.text(text) + " is not the path of a URL");
    }

    private static Parsed<Boolean> parseYesOrNo(String text) {
        return switch (text) {
            case "yes" -> Parsed.good(true);
            case "no" -> Parsed.good(false);
            case "true", "on" ->
                    Parsed.bad(
                            Quoted.text(text) + " is neither yes nor no",
                            Suggestion.didYouMean("yes"));
            case "false", "off" ->
                    Parsed.bad(
                            Quoted.text(text) + " is neither yes nor no",
                            Suggestion.didYouMean("no"));
            default -> Parsed.bad(Quoted.text(text) + " is neither yes nor no");
        };
    }

    private static Parsed<Path> parsePath(String text) {
        if (text.isBlank()) {
            return Parsed.bad("the path is empty");
        }
        if (text.startsWith("~")) {
            return Parsed.bad("'~' is not replaced by a home directory", "write the path out");
        }
        try {
            return Parsed.good(Path.of(text));
        } catch (InvalidPathException e) {
            return Parsed.bad(Quoted.text(text) + " is not a path");
        }
    }

    private static Parsed<Duration> parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return badDuration(text);
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration duration =
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    default -> Duration.ofMinutes(amount);
                };
        return duration.compareTo(LONGEST_DURATION) > 0
                ? Parsed.bad(Quoted.text(text) + " is too long")
                : Parsed.good(duration);
    }

    private static Parsed<Duration> badDuration(String text) {
        return WHOLE_NUMBER.matcher(text).matches()
                ? Parsed.bad(Quoted.text(text) + " has no unit", Suggestion.didYouMean(text + "s"))
                : Parsed.bad(Quoted.text(text) + " is not a duration");
    }

    private static Parsed<Integer> parseWholeNumber(
            String text, String noun, int minimum, int maximum) {
        // More digits than this fit no bound, and might not fit a long.
        boolean fits = text.length() <= 11;
        if (!WHOLE_NUMBER.matcher(text).matches()
                || !fits
                || Long.parseLong(text) < minimum
                || Long.parseLong(text) > maximum) {
            return Parsed.bad(Quoted.text(text) + " is not a " + noun);
        }
        return Parsed.good(Integer.parseInt(text));
    }

    private static <E> Parsed<E> parseChoice(
            String text, String noun, List<String> words, Map<String, E> constants) {
        return Optional.ofNullable(constants.get(text))
                .map(Parsed::good)
                .orElseGet(
                        () ->
                                new Parsed.Bad<>(
                                        Quoted.text(text) + " is not a " + noun,
                                        Suggestion.didYouMean(text, words)));
    }
}
