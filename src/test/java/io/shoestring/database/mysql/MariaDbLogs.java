package io.shoestring.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Binary logs as MariaDB's own program shows them. */
final class MariaDbLogs {
    private MariaDbLogs() {}

    /** All that are in a directory. */
    static String show(Path directory) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("mariadb-binlog", "--no-defaults", "-vv"));
        try (Stream<Path> files = Files.list(directory)) {
            files.filter(file -> file.toString().matches(".*\\.\\d+"))
                    .sorted()
                    .forEach(file -> command.add(file.toString()));
        }
        Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(program.waitFor()).as(text).isZero();
        return text;
    }
}
