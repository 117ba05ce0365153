package io.shoestring.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.shoestring.config.RouteConfig.Match;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which path a server is asked for in the place of the client's. Immutable. */
final class PathRewrite {
    private static final String KEPT = "-._~!$&'()*+,;=:@/";

    private final Optional<Pattern> pattern;
    private final Optional<String> path;
    private final String template;

    /**
     * @param template what takes the place of the part of the path that the route asks for; with a
     *     regular expression, of the whole path, and {@code $1} is what its first group found
     */
    PathRewrite(Match match, String template) {
        this.pattern = match.pathMatches();
        this.path = match.path();
        this.template = template;
    }

    /**
     * The path for the server.
     *
     * @param raw as the client wrote it, of a request that fits the route
     */
    String of(String raw) {
        // The route was chosen by the path's meaning: one that is written in another way is
        // understood before it is changed.
        return rewritten(raw).orElseGet(() -> encoded(rewritten(Routes.normal(raw)).orElse(raw)));
    }

    private Optional<String> rewritten(String from) {
        if (pattern.isPresent()) {
            Matcher found = pattern.get().matcher(from);
            return found.find() ? Optional.of(expanded(found)) : Optional.empty();
        }
        String asked = path.orElse("/");
        if (!asked.endsWith("/")) {
            return from.equals(asked) ? Optional.of(template) : Optional.empty();
        }
        return from.startsWith(asked)
                ? Optional.of(template + from.substring(asked.length()))
                : Optional.empty();
    }

    private String expanded(Matcher found) {
        var text = new StringBuilder();
        for (int i = 0; i < template.length(); i++) {
            char each = template.charAt(i);
            boolean group =
                    each == '$'
                            && i + 1 < template.length()
                            && Character.digit(template.charAt(i + 1), 10) >= 0;
            if (group) {
                String part = found.group(Character.digit(template.charAt(++i), 10));
                text.append(part == null ? "" : part);
            } else {
                text.append(each);
            }
        }
        return text.toString();
    }

    /** With everything in numbers that has a meaning in a target, or none at all. */
    private static String encoded(String decoded) {
        var text = new StringBuilder(decoded.length() + 16);
        for (byte octet : decoded.getBytes(ISO_8859_1)) {
            boolean plain =
                    octet > ' '
                            && octet < 0x7f
                            && (Character.isLetterOrDigit(octet) || KEPT.indexOf(octet) >= 0);
            if (plain) {
                text.append((char) octet);
            } else {
                text.append("%%%02X".formatted(octet & 0xff));
            }
        }
        return text.toString();
    }
}
