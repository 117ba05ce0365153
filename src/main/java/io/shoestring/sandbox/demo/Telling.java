package io.shoestring.sandbox.demo;

import io.shoestring.sandbox.bank.Timeline.Gap;
import io.shoestring.sandbox.bank.Verdict;
import io.shoestring.sandbox.demo.Act.Kind;
import io.shoestring.sandbox.demo.DemoReport.Moment;
import io.shoestring.sandbox.demo.DemoReport.Part;
import io.shoestring.sandbox.demo.Picture.Mark;
import io.shoestring.sandbox.demo.Picture.Symbols;
import io.shoestring.sandbox.demo.Story.Ending;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Puts the demo into words and pictures for a terminal of 80 columns. Pure. */
final class Telling {
    private static final int WIDTH = 80;
    private static final int INDENT = 12;
    private static final long BEFORE_MILLIS = 1_500;
    private static final long AFTER_MILLIS = 2_500;

    private final Symbols symbols;

    Telling(Symbols symbols) {
        this.symbols = symbols;
    }

    /** One moment, with its time in front; longer ones go on in the next line. */
    static List<String> moment(Moment moment) {
        String time = String.format(Locale.ROOT, "%8.2f s  ", moment.atMillis() / 1e3);
        return wrapped(time, moment.what());
    }

    /** The pictures of the two gaps, and the account. */
    List<String> ending(Ending ending) {
        List<String> lines = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            ending.report().part(kind).ifPresent(part -> lines.addAll(picture(ending, part)));
        }
        lines.add("");
        lines.addAll(account(ending.report(), ending.timeline().reads()));
        return lines;
    }

    private List<String> picture(Ending ending, Part part) {
        Gap gap = part.gap();
        long happenedNanos = part.act().beganAtNanos();
        long happenedMillis = happenedNanos / 1_000_000;
        long firstMillis = Math.max(0, (happenedMillis - BEFORE_MILLIS) / 1_000 * 1_000);
        long lastMillis = gap.toNanos() / 1_000_000 + AFTER_MILLIS;
        // A long outage gets wider bars rather than a wider picture.
        long barMillis = barMillis(lastMillis - firstMillis);
        long endMillis = Math.min(lastMillis, ending.endedAtNanos() / 1_000_000);
        int bars = Math.clamp((endMillis - firstMillis) / barMillis, 1, Picture.BARS_MAX);
        int[] counts =
                ending.timeline().perStep(firstMillis * 1_000_000, barMillis * 1_000_000, bars);
        List<Mark> marks =
                List.of(
                        mark(happenedNanos, firstMillis, barMillis, part.act().kind().caption()),
                        mark(gap.toNanos(), firstMillis, barMillis, "writes go on"));
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("Transfers acknowledged in each " + barMillis + " ms:");
        lines.add("");
        lines.addAll(new Picture(symbols).draw(counts, firstMillis, barMillis, marks));
        return lines;
    }

    private static long barMillis(long wholeMillis) {
        return Picture.BAR_MILLIS.stream()
                .filter(millis -> millis * Picture.BARS_MAX >= wholeMillis)
                .findFirst()
                .orElse(Picture.BAR_MILLIS.getLast());
    }

    private static Mark mark(long atNanos, long firstMillis, long barMillis, String what) {
        long atMillis = atNanos / 1_000_000;
        String text = String.format(Locale.ROOT, "%.2f s  %s", atMillis / 1e3, what);
        return new Mark((int) ((atMillis - firstMillis) / barMillis), text);
    }

    private static List<String> account(DemoReport report, long reads) {
        Verdict verdict = report.verdict();
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(
                        Locale.ROOT,
                        "%,d transfers were acknowledged, %,d were found afterwards.",
                        verdict.acknowledged(),
                        verdict.found()));
        lines.add(
                String.format(
                        Locale.ROOT,
                        "Lost: %,d. Run twice: %,d. Outcome unknown to the client: %,d%s.",
                        verdict.lost(),
                        verdict.duplicated(),
                        verdict.unknown(),
                        unknownButThere(verdict)));
        if (verdict.late() > 0) {
            lines.add(verdict.late() + " of the unknown were committed after they were looked up.");
        }
        lines.add(errors(report));
        Stream.of(Kind.values())
                .filter(report.planned()::contains)
                .forEach(kind -> lines.addAll(cost(kind, report)));
        lines.add(
                String.format(
                        Locale.ROOT,
                        "%,d reads; while there was a replica, it answered %.1f %%; reads that"
                                + " missed the session's own write: %d.",
                        reads,
                        report.readsOnReplicaPercent(),
                        report.tally().staleReads()));
        lines.add(
                verdict.balancesOk() && report.tally().unbalancedReads() == 0
                        ? "The money adds up: in total, for each account, and on every server."
                        : "The money does NOT add up.");
        lines.add("");
        lines.add(report.good() ? "All is well." : "NOT GOOD: see above.");
        return lines.stream().flatMap(line -> wrapped("", line).stream()).toList();
    }

    private static String unknownButThere(Verdict verdict) {
        int there = verdict.found() - verdict.acknowledged();
        return there > 0 && verdict.lost() == 0
                ? String.format(Locale.ROOT, " (%,d of them are there)", there)
                : "";
    }

    private static String errors(DemoReport report) {
        return report.tally().clientErrors() == 0
                ? "No client saw an error."
                : "Errors that clients saw: "
                        + report.tally().clientErrors()
                        + ", connections lost: "
                        + report.tally().connectionsLost()
                        + " ("
                        + String.join("; ", report.tally().frequentErrors())
                        + ").";
    }

    private static List<String> cost(Kind kind, DemoReport report) {
        OptionalLong gap = report.gapMillis(kind);
        OptionalLong recovered = report.recoveredMillis(kind);
        return switch (kind) {
            case SERVER_KILLED ->
                    List.of(
                            told(
                                    "With the primary killed, no write was acknowledged for %,d"
                                            + " ms.",
                                    "After the kill nothing could be measured.", gap),
                            told(
                                    "The killed server was back as a replica after %,d ms, by"
                                            + " itself.",
                                    "The killed server did NOT come back.", recovered));
            case MACHINE_LOST ->
                    List.of(
                            told(
                                    "With its machine lost, no write was acknowledged for %,d ms.",
                                    "No machine was lost.", gap),
                            told(
                                    "Switched on again, it was a replica after %,d ms, by itself.",
                                    "The lost machine did NOT come back.", recovered));
            case LINK_LOST ->
                    List.of(
                            told(
                                    "With the wire between the databases cut, the longest pause was"
                                            + " %,d ms.",
                                    "No wire was cut.", gap));
            case SWITCHOVER ->
                    List.of(
                            told(
                                    "In the planned switchover the longest pause was %,d ms.",
                                    "The planned switchover did NOT take place.",
                                    recovered.isPresent() ? gap : OptionalLong.empty()));
        };
    }

    private static String told(String done, String not, OptionalLong millis) {
        return millis.isPresent() ? String.format(Locale.ROOT, done, millis.getAsLong()) : not;
    }

    private static List<String> wrapped(String start, String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(start);
        for (String word : text.strip().split("\\s+", -1)) {
            boolean fresh = line.isEmpty() || line.charAt(line.length() - 1) == ' ';
            if (!fresh && line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line = new StringBuilder(" ".repeat(start.isEmpty() ? 2 : INDENT));
                fresh = true;
            }
            line.append(fresh ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
