package io.shoestring.config;

import io.shoestring.config.CheckConfig.Request;
import io.shoestring.config.CheckConfig.StatusCodes;
import io.shoestring.config.CheckConfig.StatusCodes.Range;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The kinds of values that only checks have. */
final class CheckFormats {
    private static final Pattern REQUEST_TEXT = Pattern.compile("([A-Z]{1,20}) (/[!-~]{0,1000})");
    private static final String STATUS = "[1-5][0-9]{2}";
    private static final String STATUS_RANGE = STATUS + "(?:-" + STATUS + ")?";
    private static final Pattern STATUS_TEXT =
            Pattern.compile("(" + STATUS_RANGE + ")(?:, ?(" + STATUS_RANGE + "))*");

    static final Format<Request> REQUEST =
            new Format<>(
                    Request.class,
                    "request",
                    "a method and a path such as GET /health",
                    "A method in capital letters, a space and a path: `GET /health`.",
                    Map.of("type", "string", "pattern", "^[A-Z]{1,20} /[!-~]*$"),
                    CheckFormats::parseRequest);

    static final Format<StatusCodes> STATUS_CODES =
            new Format<>(
                    StatusCodes.class,
                    "status codes",
                    "HTTP status codes in quotes, such as \"200\" or \"200-299, 404\"",
                    "HTTP status codes and ranges of them with commas between, in quotes:"
                            + " `\"200\"`, `\"200-299, 404\"`.",
                    Map.of("type", "string", "pattern", "^[1-5][0-9]{2}"),
                    CheckFormats::parseStatus);

    static final Format<String> TEXT =
            new Format<>(
                    String.class,
                    "text",
                    "a text of at most 1000 characters",
                    "A text of 1 to 1000 characters.",
                    Map.of("type", "string", "minLength", 1, "maxLength", 1000),
                    CheckFormats::parseText);

    static final Format<Pattern> REGULAR_EXPRESSION =
            new Format<>(
                    Pattern.class,
                    "regular expression",
                    "a regular expression as Java knows them",
                    "A regular expression as Java knows them, found anywhere in the text.",
                    Map.of("type", "string", "minLength", 1, "maxLength", 1000),
                    CheckFormats::parsePattern);

    private CheckFormats() {}

    private static Parsed<Request> parseRequest(String text) {
        Matcher matcher = REQUEST_TEXT.matcher(text);
        if (matcher.matches()) {
            return Parsed.good(new Request(matcher.group(1), matcher.group(2)));
        }
        String message = Quoted.text(text) + " is not a request";
        return text.startsWith("/")
                ? Parsed.bad(message, Suggestion.didYouMean("GET " + text))
                : Parsed.bad(message);
    }

    private static Parsed<StatusCodes> parseStatus(String text) {
        if (!STATUS_TEXT.matcher(text).matches()) {
            return Parsed.bad(Quoted.text(text) + " is not a list of status codes");
        }
        List<Range> ranges = new ArrayList<>();
        for (String part : text.split(", ?", -1)) {
            int lowest = Integer.parseInt(part.substring(0, 3));
            int highest = part.length() > 3 ? Integer.parseInt(part.substring(4)) : lowest;
            if (lowest > highest) {
                return Parsed.bad(Quoted.text(part) + " ends before it begins");
            }
            ranges.add(new Range(lowest, highest));
        }
        return Parsed.good(new StatusCodes(ranges));
    }

    private static Parsed<String> parseText(String text) {
        return text.isEmpty() || text.length() > 1_000
                ? Parsed.bad("the text has " + text.length() + " characters")
                : Parsed.good(text);
    }

    private static Parsed<Pattern> parsePattern(String text) {
        try {
            return text.isEmpty() || text.length() > 1_000
                    ? Parsed.bad("the expression has " + text.length() + " characters")
                    : Parsed.good(Pattern.compile(text));
        } catch (PatternSyntaxException e) {
            return Parsed.bad(
                    "%s is not a regular expression (%s)"
                            .formatted(Quoted.text(text), e.getDescription()));
        }
    }
}
