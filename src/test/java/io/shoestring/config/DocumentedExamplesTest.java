package io.shoestring.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.ConfigReader.Sound;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Whatever the documents show as a {@code shoestring.yaml} works. */
@Timeout(10)
class DocumentedExamplesTest {
    private static final Pattern BLOCK =
            Pattern.compile("(?ms)^( *)```yaml\\R(\\s*# shoestring\\.yaml\\b.*?)^ *```");

    /**
     * @param place for people: where the example begins
     */
    record Example(String place, String text) {
        @Override
        public String toString() {
            return place;
        }
    }

    static final List<Example> EXAMPLES = examples();

    private static List<Example> examples() {
        List<Example> examples = new ArrayList<>();
        Configs.examples()
                .forEach(file -> examples.add(new Example(file.toString(), Configs.text(file))));
        List<Path> pages = new ArrayList<>(Configs.filesBelow(Path.of("docs"), ".md"));
        if (Files.exists(Path.of("README.md"))) {
            pages.add(Path.of("README.md"));
        }
        pages.forEach(page -> examples.addAll(blocks(page)));
        return examples;
    }

    private static List<Example> blocks(Path page) {
        String text = Configs.text(page);
        return BLOCK.matcher(text)
                .results()
                .map(block -> new Example(page + ":" + line(text, block), unindented(block)))
                .toList();
    }

    private static long line(String text, MatchResult block) {
        return text.substring(0, block.start(2)).lines().count() + 1;
    }

    private static String unindented(MatchResult block) {
        return block.group(2).replaceAll("(?m)^" + block.group(1), "");
    }

    @ParameterizedTest
    @FieldSource("EXAMPLES")
    void isSound(Example example) {
        var result = ConfigReader.read(example.place(), example.text(), Configs.BASE);
        assertThat(result).isInstanceOf(Sound.class);
    }

    @Test
    void theReferencePagesExampleIsFoundAndGivesEveryKey() {
        List<String> found = EXAMPLES.stream().map(Example::place).toList();
        assertThat(found).anyMatch(place -> place.startsWith("docs/reference/configuration.md:"));
        assertThat(found).contains("docs/examples/one-machine.yaml");
        Example page =
                EXAMPLES.stream()
                        .filter(example -> example.place().contains("reference"))
                        .findFirst()
                        .orElseThrow();
        assertThat(KeyPath.all())
                .map(path -> path.key().name())
                .filteredOn(name -> !name.startsWith("<"))
                .allMatch(
                        name ->
                                page.text().contains(" " + name + ":")
                                        || page.text().contains("\n" + name + ":"));
    }
}
