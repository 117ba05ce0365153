package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the guide says of attacks is what is tested. */
class AttackGuideTest {
    private static final Path GUIDE = Path.of("docs/guide/attacks.md");
    private static final Path TESTS = Path.of("src/test/java");
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+Test)(?:#(\\w+))?`");

    @Test
    void eachRowOfTheTablesIsInTheGuide() throws Exception {
        String guide = Files.readString(GUIDE);
        for (String file : new String[] {"attacks-requests.txt", "attacks-answers.txt"}) {
            for (String row : AttackTable.rows(file)) {
                assertThat(guide).contains("| " + row + " |");
            }
        }
    }

    @Test
    void eachTestThatTheGuideNamesIsThere() throws Exception {
        var found = NAMED.matcher(Files.readString(GUIDE));
        int count = 0;
        while (found.find()) {
            String source = source(found.group(1));
            if (found.group(2) != null) {
                assertThat(source).contains("void " + found.group(2) + "(");
            }
            count++;
        }
        assertThat(count).isGreaterThan(40);
    }

    /** Of all classes of that name: there are two of some. */
    private static String source(String type) throws Exception {
        var text = new StringBuilder();
        try (Stream<Path> all = Files.walk(TESTS)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                if (each.endsWith(type + ".java")) {
                    text.append(Files.readString(each));
                }
            }
        }
        assertThat(text).as(type).isNotEmpty();
        return text.toString();
    }
}
