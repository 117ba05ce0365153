package io.shoestring.sandbox.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.sandbox.demo.Picture.Mark;
import io.shoestring.sandbox.demo.Picture.Symbols;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;

class PictureTest {
    private static final int[] COUNTS = {
        40, 38, 41, 36, 40, 39, 41, 40, 37, 40, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 18, 41, 40, 39
    };
    private static final List<Mark> MARKS =
            List.of(new Mark(10, "6.0 s  a killed"), new Mark(20, "7.0 s  writes go on"));

    @Test
    void drawsTheGapBetweenTheKillAndTheFirstWriteAfterIt() {
        assertThat(picture(Symbols.BLOCKS))
                .isEqualTo(
                        """
                        41 │█▆█▄█▇██▅█            ██▇
                           │██████████            ███
                           │██████████▄          ▂███
                           │███████████          ████
                           │███████████         ▁████
                         0 └┴─────────┴─────────┴────
                            5 s       6 s       7 s
                                      ▲         ▲
                                      │         └ 7.0 s  writes go on
                                      └ 6.0 s  a killed
                        """
                                .indent(3));
    }

    @Test
    void isPlainAsciiWhereTheTerminalIsNot() {
        String picture = picture(Symbols.ASCII);

        assertThat(picture)
                .matches("\\A\\p{ASCII}*\\z")
                .isEqualTo(
                        """
                        41 |###:####:#            ###
                           |##########            ###
                           |##########:          .###
                           |###########          ####
                           |###########          ####
                         0 ++---------+---------+----
                            5 s       6 s       7 s
                                      ^         ^
                                      |         + 7.0 s  writes go on
                                      + 6.0 s  a killed
                        """
                                .indent(3));
    }

    @Test
    void fitsIntoEightyColumnsWhateverIsMarked() {
        int[] counts = new int[Picture.BARS_MAX];
        Arrays.fill(counts, 99_999);
        List<Mark> marks =
                List.of(
                        new Mark(0, "x".repeat(100)),
                        new Mark(0, "two in one bar"),
                        new Mark(70, "near the end of the line"),
                        new Mark(500, "outside"));

        assertThat(new Picture(Symbols.BLOCKS).draw(counts, 0, 100, marks))
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80))
                .noneMatch(line -> line.contains("outside"));
    }

    @Test
    void drawsNothingButTheAxisWhenNothingWasWritten() {
        assertThat(new Picture(Symbols.ASCII).draw(new int[20], 0, 100, List.of()))
                .contains("    0 ++---------+---------");
    }

    private static String picture(Symbols symbols) {
        return String.join("\n", new Picture(symbols).draw(COUNTS, 5_000, 100, MARKS)) + "\n";
    }
}
