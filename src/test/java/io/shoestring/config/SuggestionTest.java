package io.shoestring.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class SuggestionTest {
    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "'', abc, 3",
        "node, node, 0",
        "node, nodes, 1",
        "nodes, node, 1",
        "node, mode, 1",
        "ndoe, node, 1",
        "kitten, sitting, 3"
    })
    void countsTypingMistakes(String from, String to, int distance) {
        assertThat(Suggestion.distance(from, to)).isEqualTo(distance);
    }

    @Test
    void takesTheNearestAndNothingThatIsFar() {
        List<String> candidates = List.of("primary", "replicas");
        assertThat(Suggestion.nearest("replica", candidates)).contains("replicas");
        assertThat(Suggestion.nearest("PRIMARY", candidates)).contains("primary");
        assertThat(Suggestion.nearest("any", candidates)).isEmpty();
        assertThat(Suggestion.nearest("", candidates)).isEmpty();
    }
}
