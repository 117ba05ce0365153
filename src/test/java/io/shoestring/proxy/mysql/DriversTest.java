package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.config.PoolConfig;
import io.shoestring.testing.MariaDb;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
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
    private static final Path MYSQLCLIENT = Path.of("/usr/lib/python3/dist-packages/MySQLdb");
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

    /** To be loaded. */
    private Path rows() throws IOException {
        return Files.writeString(
                directory.resolve("rows"),
                IntStream.range(0, 1000)
                        .mapToObj(i -> "row " + i + "\t" + i)
                        .collect(Collectors.joining("\n", "", "\n")));
    }

    @Test
    void mysqlclient() throws Exception {
        assumeTrue(Files.exists(MYSQLCLIENT), "there is no python3-mysqldb");
        assertThat(
                        run(
                                        "/usr/bin/python3",
                                        PROGRAMS.resolve("mysqlclient_app.py").toString(),
                                        String.valueOf(proxy.port()),
                                        rows().toString())
                                .output())
                .isEqualTo("good\n");
    }

    @Test
    void mysql2() throws Exception {
        String packages = System.getProperty("drivers.node");
        assumeTrue(packages != null, "no packages of Node.js");
        assertThat(
                        run(
                                        "/usr/bin/env",
                                        "NODE_PATH=" + packages,
                                        "node",
                                        PROGRAMS.resolve("mysql2_app.js").toString(),
                                        String.valueOf(proxy.port()),
                                        rows().toString())
                                .output())
                .isEqualTo("good\n");
    }

    @Test
    void pyMysql() throws Exception {
        assertThat(
                        run(
                                        "/usr/bin/python3",
                                        PROGRAMS.resolve("pymysql_app.py").toString(),
                                        String.valueOf(proxy.port()),
                                        rows().toString())
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
