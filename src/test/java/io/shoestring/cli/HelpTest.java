package io.shoestring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/** What the commands say about themselves, without a node. */
@Timeout(60)
class HelpTest {
    @TempDir private Path directory;
    private Screen screen;

    @BeforeEach
    void start() {
        screen = new Screen(directory);
    }

    @Test
    void printsAndWritesTheReferenceAndTheSchema() throws IOException {
        assertThat(screen.run("reference")).isEqualTo(ExitCode.OK);
        String reference = screen.out();
        assertThat(reference).startsWith("# Configuration reference");
        screen.clear();
        screen.run("schema");
        String schema = screen.out();
        assertThat(schema).contains("\"$schema\"");
        assertThat(screen.run("reference", "--write", "docs")).isEqualTo(ExitCode.OK);
        assertThat(directory.resolve("docs/reference/configuration.md")).hasContent(reference);
        assertThat(directory.resolve("docs/shoestring.schema.json")).hasContent(schema);
        screen.clear();
        screen.run("openapi");
        assertThat(directory.resolve("docs/reference/openapi.json")).hasContent(screen.out());
    }

    @Test
    void theRootHelps() {
        assertThat(screen.run("--help")).isEqualTo(ExitCode.OK);
        assertThat(screen.out())
                .contains("Usage: shoestring [-hV] COMMAND", "Commands:", "Examples:", "  ping ");
        screen.clear();
        assertThat(screen.run("--version")).isEqualTo(ExitCode.OK);
        assertThat(screen.out()).isEqualTo("shoestring 0.1.0\n");
    }

    @Test
    void sendsWhoeverErrsToTheHelp() {
        assertThat(screen.run("status", "--jsno")).isEqualTo(ExitCode.USAGE);
        assertThat(screen.err())
                .contains("--jsno")
                .endsWith("Try 'shoestring status --help' for how.\n");
        assertThat(screen.run()).isEqualTo(ExitCode.USAGE);
        assertThat(screen.run("switchover")).isEqualTo(ExitCode.USAGE);
        assertThat(screen.run("nonsense")).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void runsCommandsOfOthersAndTellsTheirFailures() {
        assertThat(screen.run("ping")).isEqualTo(4);
        assertThat(screen.err()).isEqualTo("No pong came back: plug the cable in.\n");
    }
}
