package io.shoestring.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.ConfigReader.Broken;
import io.shoestring.config.ConfigReader.Sound;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Whatever is typed: never an exception, and every problem is inside the file. */
@Timeout(600)
@Tag("busy")
class ConfigFuzzTest {
    private static final int MUTATIONS = Integer.getInteger("mutations", 4_000);
    private static final long SEED = Long.getLong("seed", 20_260_101L);

    private static final List<String> TOKENS =
            List.of(
                    ":",
                    ": ",
                    "- ",
                    "? ",
                    "\n",
                    "\r\n",
                    "\r",
                    "\t",
                    " ",
                    "{",
                    "}",
                    "[",
                    "]",
                    ",",
                    "&a ",
                    "*a",
                    "*a ",
                    "!",
                    "!!str ",
                    "!!int ",
                    "!!map ",
                    "!<x> ",
                    "%YAML 1.3\n",
                    "%TAG ! x\n",
                    "---\n",
                    "...\n",
                    "'",
                    "\"",
                    "|",
                    ">",
                    "|9\n",
                    "#",
                    "<<: ",
                    "~",
                    "null",
                    "true",
                    "0x1f",
                    "1e9",
                    "-1",
                    "99999999999999999999",
                    "::1",
                    "[::1]:1",
                    "\\",
                    "\"\\ud800\"",
                    "\"\\x00\"",
                    "\0",
                    "\u0085",
                    "\u2028",
                    "\uFEFF",
                    "\ud83d\ude00",
                    "\ud83d",
                    "é",
                    "port: 5433",
                    "  ",
                    "name",
                    "shop",
                    "a",
                    ".",
                    "%",
                    "@",
                    "`",
                    "=");

    private final Random random = new Random(SEED);
    private final Schema schema = new Schema();

    @Test
    void aMutatedConfigurationIsEitherSoundOrHasProblemsInsideIt() {
        List<String> goods = new ArrayList<>(List.of(Configs.SMALLEST));
        Configs.examples().forEach(example -> goods.add(Configs.text(example)));
        int sound = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            String text = goods.get(random.nextInt(goods.size()));
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                text = mutate(text);
            }
            sound += check(text) ? 1 : 0;
        }
        assertThat(sound).as("sound mutants").isBetween(MUTATIONS / 100, MUTATIONS / 2);
    }

    private String mutate(String text) {
        int at = random.nextInt(text.length() + 1);
        int end = Math.min(text.length(), at + random.nextInt(8));
        return switch (random.nextInt(6)) {
            case 0 -> text.substring(0, at) + token() + text.substring(at);
            case 1 -> text.substring(0, at) + token() + text.substring(end);
            case 2 -> text.substring(0, at) + text.substring(end);
            case 3 ->
                    text.substring(0, at) + text.substring(at, end).repeat(2) + text.substring(end);
            case 4 -> swapLines(text);
            default -> text.substring(0, at) + (char) random.nextInt(0x250) + text.substring(end);
        };
    }

    private String token() {
        return TOKENS.get(random.nextInt(TOKENS.size()));
    }

    private String swapLines(String text) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (lines.isEmpty()) {
            return text;
        }
        String line = lines.remove(random.nextInt(lines.size()));
        lines.add(random.nextInt(lines.size() + 1), line);
        return String.join("\n", lines) + "\n";
    }

    private boolean check(String text) {
        try {
            return switch (Configs.read(text)) {
                case Sound _ -> checkSchema(text);
                case Broken(var problems) -> checkPlaces(text, problems);
            };
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + SEED + ", text:\n" + text, e);
        }
    }

    private boolean checkSchema(String text) {
        assertThat(schema.errors(text.replace("\uFEFF", "")))
                .as("schema, text:\n%s", text)
                .isEmpty();
        return true;
    }

    private static boolean checkPlaces(String text, List<Problem> problems) {
        assertThat(problems).as("problems, text:\n%s", text).isNotEmpty();
        String[] lines = text.split("\r\n|\r|\n", -1);
        for (Problem problem : problems) {
            assertThat(problem.line())
                    .as("%s, text:\n%s", problem, text)
                    .isBetween(1, lines.length);
            String line = lines[problem.line() - 1];
            assertThat(problem.column())
                    .as("%s, text:\n%s", problem, text)
                    .isBetween(1, line.codePointCount(0, line.length()) + 1);
            assertThat(problem.toString()).doesNotContain("\n", "\r", "Exception");
        }
        return false;
    }
}
