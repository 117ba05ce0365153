package io.shoestring.config;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** The kinds of values that are about the names that clients ask for. */
final class HostFormats {
    private static final Pattern NAME =
            Pattern.compile(
                    "(\\*\\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*");

    static final Format<String> SERVER_NAME =
            new Format<>(
                    String.class,
                    "name of a server",
                    "the name of a server, such as shop.example.com or *.example.com",
                    "A name such as `shop.example.com`; `\"*.example.com\"` (in quotes) stands for"
                            + " every name with one more word in front.",
                    Map.of("type", "string", "pattern", "^(\\*\\.)?[A-Za-z0-9._-]+$"),
                    HostFormats::parse);

    private HostFormats() {}

    private static Parsed<String> parse(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return NAME.matcher(lower).matches()
                ? Parsed.good(lower)
                : Parsed.bad(Quoted.text(text) + " is not the name of a server");
    }
}
