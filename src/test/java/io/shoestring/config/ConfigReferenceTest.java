package io.shoestring.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The published files say what the program does. {@code -Dregenerate=true} writes them anew. */
@Timeout(10)
class ConfigReferenceTest {
    @Test
    void theSchemaIsTheGeneratedOne() throws IOException {
        check(Path.of("docs/shoestring.schema.json"), ConfigReference.jsonSchema());
    }

    @Test
    void theReferencePageIsTheGeneratedOne() throws IOException {
        check(Path.of("docs/reference/configuration.md"), ConfigReference.markdown());
    }

    private static void check(Path file, String generated) throws IOException {
        if (Boolean.getBoolean("regenerate")) {
            Files.writeString(file, generated);
        }
        assertThat(Configs.text(file))
                .as(
                        "%s is not what the program generates; run './shoestring reference --write"
                            + " docs' or 'mvn test -Dtest=ConfigReferenceTest -Dregenerate=true'",
                        file)
                .isEqualTo(generated);
    }
}
