package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.PoolConfig;
import io.shoestring.testing.MariaDb;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Small applications by the drivers that people use, unchanged, through a listener whose clients
 * share server connections.
 */
@Timeout(180)
class DriversTest {
    private static final Path PROGRAMS = Path.of("src/test/programs").toAbsolutePath();
    private static MariaDb server;
    private static MysqlUnderTest proxy;
    @TempDir private Path directory;

    @BeforeAll
    static void start() throws Exception {
        server = MariaDb.start(1, "--local-infile=1");
        proxy =
                new MysqlUnderTest(
                        Reads.PRIMARY,
                        Duration.ofSeconds(20),
                        Optional.empty(),
                        MysqlUnderTest.pool(PoolConfig.Mode.TRANSACTION, 2),
                        server);
    }

    @AfterAll
    static void end() {
        proxy.close();
        server.close();
    }

    private Program run(String... command) {
        return Program.run(directory, List.of(command));
    }

    @Test
    void pyMysql() throws Exception {
        Path file = directory.resolve("rows");
        Files.writeString(
                file,
                IntStream.range(0, 1000)
                        .mapToObj(i -> "row " + i + "\t" + i)
                        .collect(Collectors.joining("\n", "", "\n")));
        assertThat(
                        run(
                                        "/usr/bin/python3",
                                        PROGRAMS.resolve("pymysql_app.py").toString(),
                                        String.valueOf(proxy.port()),
                                        file.toString())
                                .output())
                .isEqualTo("good\n");
    }

    @Test
    void dbdMysql() {
        assertThat(
                        run(
                                        "/usr/bin/perl",
                                        PROGRAMS.resolve("dbd_mysql_app.pl").toString(),
                                        String.valueOf(proxy.port()))
                                .output())
                .isEqualTo("good\n");
    }
}
