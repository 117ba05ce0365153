package io.shoestring.monitoring.digest;

import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/**
 * Takes what is different in each request out of a URL's path: numbers, identifiers, dates,
 * addresses. Query, fragment and path parameters go; static files become one pattern for each
 * ending.
 *
 * <pre>
 *   /shop/123/cart;jsessionid=1?a=b        /shop/{n}/cart
 *   /u/7d9f3a9e-0b0e-4c0f-9d5e-1f2a3b4c5d6e /u/{uuid}
 *   /assets/app.9f8e7d6c.js                 /assets/*.js
 * </pre>
 */
public final class UrlPattern {
    private static final int SEGMENTS_MAX = 10;
    private static final int LENGTH_MAX = 200;
    private static final Pattern STATIC =
            Pattern.compile(
                    ".*\\.(js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|mp4|pdf)",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern VERSION = Pattern.compile("v\\d{1,2}(\\.\\d{1,2})?");
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Pattern UUID =
            Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern ULID = Pattern.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}");
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{16,}");
    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}(-\\d{2})?");
    private static final Pattern NUMBER_AND_SLUG = Pattern.compile("\\d+[-_].+");
    private static final Pattern TOKEN = Pattern.compile("(?=.*\\d)(?=.*[A-Za-z])[\\w-]{20,}=*");
    private static final Pattern STATUS = Pattern.compile("[1-5]\\d\\d");

    private UrlPattern() {}

    /** The kind of request that begins with {@code METHOD target}, without the version. */
    static Digest digest(byte[] text, int from, int to) {
        String line = new String(text, from, to - from, StandardCharsets.ISO_8859_1);
        int space = line.indexOf(' ');
        return Digest.of(
                space < 0
                        ? of(line)
                        : line.substring(0, space) + " " + of(line.substring(space + 1)));
    }

    /** The pattern of a request's target, which may be a path or an absolute URL. */
    public static String of(String target) {
        String path = path(target);
        if (!path.startsWith("/")) {
            return path.equals("*") ? "*" : "/";
        }
        StringJoiner pattern = new StringJoiner("/", "/", path.endsWith("/") ? "/" : "");
        pattern.setEmptyValue("/");
        String before = "";
        int segments = 0;
        for (String raw : path.split("/", -1)) {
            String segment = withoutParameters(raw);
            if (segment.isEmpty()) {
                continue;
            }
            if (++segments > SEGMENTS_MAX || pattern.length() > LENGTH_MAX) {
                return pattern.add("…").toString();
            }
            pattern.add(before.equals("errors") ? segmentOfError(segment) : segment(segment));
            before = segment;
        }
        return pattern.toString();
    }

    private static String path(String target) {
        int scheme = target.indexOf("://");
        int from = scheme > 0 && scheme < 10 ? target.indexOf('/', scheme + 3) : 0;
        if (from < 0) {
            return "/";
        }
        int to = target.length();
        for (char end : new char[] {'?', '#'}) {
            int at = target.indexOf(end, from);
            to = at < 0 ? to : Math.min(to, at);
        }
        return target.substring(from, to);
    }

    private static String withoutParameters(String segment) {
        int at = segment.indexOf(';');
        return at < 0 ? segment : segment.substring(0, at);
    }

    private static String segmentOfError(String segment) {
        return STATUS.matcher(segment).matches() ? segment : segment(segment);
    }

    private static String segment(String segment) {
        if (STATIC.matcher(segment).matches()) {
            return "*" + segment.substring(segment.lastIndexOf('.'));
        }
        if (VERSION.matcher(segment).matches()) {
            return segment;
        }
        if (NUMBER.matcher(segment).matches()) {
            return "{n}";
        }
        if (UUID.matcher(segment).matches()) {
            return "{uuid}";
        }
        if (DATE.matcher(segment).matches()) {
            return "{date}";
        }
        if (segment.contains("@") || segment.contains("%40")) {
            return "{mail}";
        }
        if (HEX.matcher(segment).matches()) {
            return "{hex}";
        }
        if (ULID.matcher(segment).matches() || TOKEN.matcher(segment).matches()) {
            return "{token}";
        }
        return NUMBER_AND_SLUG.matcher(segment).matches() ? "{n-slug}" : shortened(segment);
    }

    private static String shortened(String segment) {
        return segment.length() > LENGTH_MAX / 4 ? "{long}" : segment;
    }
}
