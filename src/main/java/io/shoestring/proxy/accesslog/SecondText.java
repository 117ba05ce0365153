package io.shoestring.proxy.accesslog;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times of day as text, to the second: thousands of lines have the same one. Thread-safe. */
final class SecondText {
    private final DateTimeFormatter format;
    private final ZoneId zone;
    private volatile Last last = new Last(Long.MIN_VALUE, "");

    private record Last(long second, String text) {}

    /**
     * Nothing was formatted yet.
     *
     * @param pattern with nothing below the second
     */
    SecondText(String pattern, ZoneId zone) {
        this.format = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
        this.zone = zone;
    }

    String of(Instant at) {
        Last known = last;
        if (known.second != at.getEpochSecond()) {
            known = new Last(at.getEpochSecond(), format.format(ZonedDateTime.ofInstant(at, zone)));
            last = known;
        }
        return known.text;
    }
}
