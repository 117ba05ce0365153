package io.shoestring.config;

import static io.shoestring.config.Configs.smallestWith;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.List;

@Timeout(30)
class JsonSchemaTest {
    private final Schema schema = new Schema();

    static List<Path> examples() {
        return Configs.examples();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void acceptsTheExamples(Path example) {
        assertThat(schema.errors(Configs.text(example))).isEmpty();
    }

    @Test
    void acceptsTheSmallestConfiguration() {
        assertThat(schema.errors(Configs.SMALLEST)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'name: shop', 'nam: shop'",
        "'name: shop', 'name: 2024'",
        "'name: shop', 'name: Shop'",
        "'{ local: 127.0.0.1 }', '{}'",
        "'{ local: 127.0.0.1 }', '{ LOCAL: 127.0.0.1 }'",
        "'engine: postgresql', 'engine: mysql'",
        "'engine: postgresql', 'protection: performance'",
        "'data: /data/a', 'data: []'",
        "'port: 5433', 'port: 0'",
        "'port: 5433', 'port: 65536'",
        "'port: 5433', 'port: \"5433\"'",
        "'127.0.0.1:6432', '127.0.0.1'",
        "'database: shop', 'database: { name: shop }'",
        "'listeners:', 'listener:'",
    })
    void refusesWhatTheReaderRefusesByItsTree(String old, String replacement) {
        String broken = smallestWith(old, replacement);
        assertThat(Configs.problems(broken)).isNotEmpty();
        assertThat(schema.errors(broken)).isNotEmpty();
    }

    @Test
    void saysWhatIsWrong() {
        assertThat(schema.errors(smallestWith("port: 5433", "port: 70000")))
                .contains("/databases/shop/members/a/port: 70000 is greater than 65535");
    }
}
