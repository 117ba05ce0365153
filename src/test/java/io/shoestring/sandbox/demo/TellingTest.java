package io.shoestring.sandbox.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.sandbox.bank.Ledger;
import io.shoestring.sandbox.bank.Timeline;
import io.shoestring.sandbox.bank.Verdict;
import io.shoestring.sandbox.demo.Act.Kind;
import io.shoestring.sandbox.demo.DemoReport.Moment;
import io.shoestring.sandbox.demo.DemoReport.Part;
import io.shoestring.sandbox.demo.Picture.Symbols;
import io.shoestring.sandbox.demo.Story.Ending;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;

class TellingTest {
    private static final long MILLI = 1_000_000;

    @Test
    void tellsAGoodEndWithBothPicturesInEightyColumns() {
        List<String> lines =
                new Telling(Symbols.BLOCKS).ending(ending(new Verdict(1, 1, 0, 0, 0, 0, true)));

        assertThat(lines)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80))
                .anySatisfy(line -> assertThat(line).contains("6.00 s  the primary is killed"))
                .anySatisfy(line -> assertThat(line).contains("6.84 s  writes go on"))
                .anySatisfy(line -> assertThat(line).contains("20.00 s  a planned switchover"))
                .anySatisfy(line -> assertThat(line).contains("20.21 s  writes go on"))
                .contains(
                        "With the primary killed, no write was acknowledged for 852 ms.",
                        "No client saw an error.")
                .endsWith("All is well.");
    }

    @Test
    void doesNotHideALoss() {
        assertThat(new Telling(Symbols.ASCII).ending(ending(new Verdict(5, 3, 2, 1, 0, 0, false))))
                .contains(
                        "Lost: 2. Run twice: 1. Outcome unknown to the client: 0.",
                        "The money does NOT add up.")
                .endsWith("NOT GOOD: see above.");
    }

    @Test
    void aLongOutageStillFitsIntoOnePicture() {
        Timeline timeline = new Timeline();
        timeline.wrote(5_990 * MILLI);
        timeline.wrote(36_000 * MILLI);
        Part killed =
                new Part(
                        new Act(
                                Kind.SERVER_KILLED,
                                6_000 * MILLI,
                                40_000 * MILLI,
                                OptionalLong.empty()),
                        timeline.longestGap(6_000 * MILLI, 40_000 * MILLI));
        Ending ending =
                new Ending(
                        report(new Verdict(2, 2, 0, 0, 0, 0, true), List.of(killed)),
                        timeline,
                        40_000 * MILLI);

        assertThat(new Telling(Symbols.ASCII).ending(ending))
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80))
                .anySatisfy(line -> assertThat(line).contains("36.00 s  writes go on"));
    }

    @Test
    void aLongMomentGoesOnInTheNextLine() {
        assertThat(Telling.moment(new Moment(6_004, "word ".repeat(20))))
                .containsExactly(
                        "    6.00 s  " + "word ".repeat(13).strip(),
                        "            " + "word ".repeat(7).strip());
    }

    private static Ending ending(Verdict verdict) {
        Timeline timeline = new Timeline();
        for (long millis = 0; millis < 40_000; millis += 3) {
            boolean out = isBetween(millis, 5_990, 6_840) || isBetween(millis, 20_010, 20_210);
            if (!out) {
                timeline.wrote(millis * MILLI);
            }
        }
        List<Part> parts =
                List.of(
                        new Part(
                                new Act(
                                        Kind.SERVER_KILLED,
                                        6_000 * MILLI,
                                        12_000 * MILLI,
                                        OptionalLong.of(4_000)),
                                timeline.longestGap(6_000 * MILLI, 20_000 * MILLI)),
                        new Part(
                                new Act(
                                        Kind.SWITCHOVER,
                                        20_000 * MILLI,
                                        24_000 * MILLI,
                                        OptionalLong.of(900)),
                                timeline.longestGap(20_000 * MILLI, 40_000 * MILLI)));
        return new Ending(report(verdict, parts), timeline, 40_000 * MILLI);
    }

    private static boolean isBetween(long millis, long low, long high) {
        return millis > low && millis < high;
    }

    private static DemoReport report(Verdict verdict, List<Part> parts) {
        return new DemoReport(
                verdict,
                new Ledger().tally(),
                EnumSet.of(Kind.SERVER_KILLED, Kind.SWITCHOVER),
                parts,
                90,
                List.of());
    }
}
