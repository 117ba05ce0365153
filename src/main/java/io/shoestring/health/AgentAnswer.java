package io.shoestring.health;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server's agent says in one line, by HAProxy's convention; what it does not mention stays.
 *
 * @param up false: down, failed, stopped
 * @param why the agent's reason, perhaps empty
 * @param wish what it wants to be done with the server
 * @param weightPercent of the configured weight
 * @param maxConnections instead of the configured limit
 */
public record AgentAnswer(
        Optional<Boolean> up,
        String why,
        Optional<Wish> wish,
        OptionalInt weightPercent,
        OptionalInt maxConnections) {
    private static final Pattern PERCENT = Pattern.compile("(?:weight:)?([0-9]{1,4})%");
    private static final Pattern WEIGHT = Pattern.compile("weight:([0-9]{1,3})");
    private static final Pattern LIMIT = Pattern.compile("maxconn:([0-9]{1,7})");
    private static final int MOST_PERCENT = 25_600;

    public AgentAnswer {
        requireNonNull(up, "up is null");
        requireNonNull(why, "why is null");
        requireNonNull(wish, "wish is null");
        requireNonNull(weightPercent, "weightPercent is null");
        requireNonNull(maxConnections, "maxConnections is null");
    }

    /** What is to be done with the server. */
    public enum Wish {
        READY,
        DRAIN,
        MAINTENANCE
    }

    /**
     * Reads a line.
     *
     * @param weight the configured one, to which a plain number is compared
     */
    public static AgentAnswer parse(String line, int weight) {
        int hash = line.indexOf('#');
        String reason = hash < 0 ? "" : line.substring(hash + 1).strip();
        Builder builder = new Builder();
        for (String word : (hash < 0 ? line : line.substring(0, hash)).split("[ \t,]+", -1)) {
            builder.word(word.toLowerCase(Locale.ROOT), weight);
        }
        return new AgentAnswer(
                builder.up, reason, builder.wish, builder.weightPercent, builder.maxConnections);
    }

    private static final class Builder {
        private Optional<Boolean> up = Optional.empty();
        private Optional<Wish> wish = Optional.empty();
        private OptionalInt weightPercent = OptionalInt.empty();
        private OptionalInt maxConnections = OptionalInt.empty();

        void word(String word, int weight) {
            switch (word) {
                case "up" -> up = Optional.of(true);
                case "down", "fail", "failed", "stopped" -> up = Optional.of(false);
                case "ready" -> wish = Optional.of(Wish.READY);
                case "drain" -> wish = Optional.of(Wish.DRAIN);
                case "maint" -> wish = Optional.of(Wish.MAINTENANCE);
                default -> number(word, weight);
            }
        }

        private void number(String word, int weight) {
            Matcher percent = PERCENT.matcher(word);
            Matcher absolute = WEIGHT.matcher(word);
            Matcher limit = LIMIT.matcher(word);
            if (percent.matches()) {
                weightPercent = OptionalInt.of(Integer.parseInt(percent.group(1)));
            } else if (absolute.matches() && weight > 0) {
                int parts = Integer.parseInt(absolute.group(1)) * 100 / weight;
                weightPercent = OptionalInt.of(Math.min(parts, MOST_PERCENT));
            } else if (limit.matches() && Integer.parseInt(limit.group(1)) > 0) {
                maxConnections = OptionalInt.of(Integer.parseInt(limit.group(1)));
            }
        }
    }
}
