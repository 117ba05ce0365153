package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the colours of the page can be told apart (WCAG 2.2, 1.4.3 and 1.4.11, level AA). */
class ContrastTest {
    private static final double TEXT = 4.5;
    private static final double CONTROL = 3;
    private static final Pattern COLOUR = Pattern.compile("--([a-z-]+): (#[0-9a-f]{6})");
    private static final List<String> INKS =
            List.of("ink", "soft", "accent", "read", "good", "warning", "error");
    private static final List<String> PAPERS = List.of("paper", "card", "hollow");

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allTextAndAllControlsStandOut(boolean dark) throws IOException {
        Map<String, String> colours = colours(dark);
        for (String ink : INKS) {
            for (String paper : PAPERS) {
                assertThat(contrast(colours, ink, paper))
                        .as(ink + "/" + paper)
                        .isGreaterThanOrEqualTo(TEXT);
            }
        }
        for (String tone : List.of("accent", "good", "warning", "error")) {
            for (String ink : List.of("ink", "soft", tone)) {
                assertThat(contrast(colours, ink, tone + "-tint"))
                        .as(ink + "/" + tone + "-tint")
                        .isGreaterThanOrEqualTo(TEXT);
            }
        }
        for (String filled : List.of("accent", "error")) {
            assertThat(contrast(colours, "card", filled))
                    .as("card/" + filled)
                    .isGreaterThanOrEqualTo(TEXT);
        }
        for (String paper : PAPERS) {
            assertThat(contrast(colours, "line", paper))
                    .as("line/" + paper)
                    .isGreaterThanOrEqualTo(CONTROL);
        }
    }

    /** The dark ones stand behind the light ones, in the part for those who want them. */
    private static Map<String, String> colours(boolean dark) throws IOException {
        String css;
        try (InputStream file =
                Objects.requireNonNull(Api.class.getResourceAsStream("page.css"), "page.css")) {
            css = new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
        int middle = css.indexOf("prefers-color-scheme: dark");
        Map<String, String> colours = new HashMap<>();
        Matcher each = COLOUR.matcher(dark ? css.substring(middle) : css.substring(0, middle));
        while (each.find()) {
            colours.putIfAbsent(each.group(1), each.group(2));
        }
        return colours;
    }

    private static double contrast(Map<String, String> colours, String one, String other) {
        double first = luminance(Objects.requireNonNull(colours.get(one), one));
        double second = luminance(Objects.requireNonNull(colours.get(other), other));
        return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
    }

    private static double luminance(String colour) {
        return 0.2126 * linear(colour, 1) + 0.7152 * linear(colour, 3) + 0.0722 * linear(colour, 5);
    }

    private static double linear(String colour, int at) {
        double value = Integer.parseInt(colour, at, at + 2, 16) / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }
}
