package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.model.MemberSpec;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Small applications by the drivers and ORMs that people use, unchanged, through a listener whose
 * clients share server connections; in the middle of their transfers the primary is another.
 *
 * <p>Those of Node.js run where {@code -Ddrivers.node=DIRECTORY} says where npm has put their
 * packages, see {@code benchmarks/drivers}.
 */
@Timeout(120)
class DriversTest {
    private static final Path PROGRAMS = Path.of("src/test/programs");
    private static final long TRANSFERS_MIN = 20;

    /** Debian's, which has Debian's packages. */
    private static final String PYTHON = "/usr/bin/python3";

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private PostgresPair pair;
    private ProxyUnderTest proxy;

    /** An application that runs. */
    private record App(String name, Process process, BufferedReader out, Path errors) {
        String line() throws IOException {
            String line = out.readLine();
            assertThat(line).as(() -> name + ": " + complaint()).isNotNull();
            return line;
        }

        private String complaint() {
            try {
                return Files.readString(errors);
            } catch (IOException e) {
                return e.toString();
            }
        }
    }

    @BeforeEach
    void start() throws Exception {
        pair = PostgresPair.start();
        proxy =
                new ProxyUnderTest(
                        pair,
                        Reads.REPLICAS,
                        Duration.ofSeconds(60),
                        Authentication.PASSWORD,
                        listening(ProxyUnderTest.shared(4)));
        proxy.publish(1, Optional.of(pair.primary()), false, pair.replica());
        try (Connection direct = pair.direct(pair.primary());
                Statement statement = direct.createStatement()) {
            statement.execute("create table accounts (id int primary key, balance int)");
            statement.execute("insert into accounts values (1, 0), (2, 0)");
            for (String table : List.of("copied", "copied_too")) {
                statement.execute("create table " + table + " (id int, name text)");
            }
        }
    }

    /** Clients that listen go on, too. */
    private static PoolConfig listening(PoolConfig shared) {
        return new PoolConfig(
                shared.mode(),
                shared.sizes(),
                shared.patience(),
                shared.idle(),
                shared.lifetime(),
                PoolConfig.AfterLoss.WARN);
    }

    @AfterEach
    void stop() {
        proxy.close();
        pair.close();
    }

    @Test
    void applicationsInJavaAndPythonNoticeNothingOfASwitchover() throws Exception {
        run(
                List.of(
                        new String[] {JAVA, HibernateApp.class.getName()},
                        new String[] {PYTHON, "psycopg2_app.py"},
                        new String[] {PYTHON, "psycopg_app.py"},
                        new String[] {PYTHON, "sqlalchemy_app.py"},
                        new String[] {PYTHON, "django_app.py"}));
    }

    @Test
    void applicationsInNodeNoticeNothingOfASwitchover() throws Exception {
        assumeTrue(System.getProperty("drivers.node") != null, "no packages of Node.js");
        run(
                List.of(
                        new String[] {"node", "node_pg_app.js"},
                        new String[] {"node", "sequelize_app.js"}));
    }

    private void run(List<String[]> commands) throws Exception {
        List<App> apps = new ArrayList<>();
        try {
            for (String[] each : commands) {
                apps.add(begin(each));
            }
            for (App each : apps) {
                assertThat(each.line()).as(each.name()).isEqualTo("ready");
            }
            awaitTransfers(apps, pair.primary(), TRANSFERS_MIN);
            switchOver();
            awaitTransfers(apps, pair.replica(), transfers(pair.replica()) + TRANSFERS_MIN);
            long done = 0;
            for (App each : apps) {
                each.process().getOutputStream().write("end\n".getBytes(UTF_8));
                each.process().getOutputStream().flush();
                done += Long.parseLong(each.line().replace("done ", ""));
                assertThat(each.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(each.process().exitValue()).as(each.complaint()).isZero();
            }
            assertThat(transfers(pair.replica())).isEqualTo(done);
        } finally {
            for (App each : apps) {
                each.process().destroyForcibly();
                Files.deleteIfExists(each.errors());
            }
        }
    }

    private App begin(String... command) throws IOException {
        String program = command[1];
        Path errors = Files.createTempFile("shoestring-driver", ".err");
        var builder = new ProcessBuilder(commandLine(command[0], program));
        builder.redirectError(errors.toFile());
        builder.environment()
                .putAll(
                        Map.of(
                                "PGHOST",
                                "127.0.0.1",
                                "PGPORT",
                                String.valueOf(proxy.port()),
                                "PGUSER",
                                PostgresPair.SUPERUSER,
                                "PGPASSWORD",
                                PostgresPair.PASSWORD,
                                "PGDATABASE",
                                "postgres",
                                "NODE_PATH",
                                System.getProperty("drivers.node", "")));
        Process process = builder.start();
        return new App(program, process, process.inputReader(UTF_8), errors);
    }

    private static List<String> commandLine(String interpreter, String program) {
        if (!interpreter.equals(JAVA)) {
            return List.of(interpreter, PROGRAMS.resolve(program).toString());
        }
        return List.of(
                JAVA,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                program);
    }

    /** As the node does it: no transaction begins, those that are open end, then another serves. */
    private void switchOver() throws Exception {
        proxy.publish(1, Optional.of(pair.primary()), true, pair.replica());
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (proxy.openTransactions() > 0 && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        proxy.publish(1, Optional.empty(), true);
        pair.stop("a", "fast");
        pair.promoteReplica();
        proxy.publish(2, Optional.of(pair.replica()), false);
    }

    private void awaitTransfers(List<App> apps, MemberSpec member, long wanted) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (transfers(member) < wanted) {
            assertThat(System.nanoTime()).as("transfers come").isLessThan(deadline);
            for (App each : apps) {
                assertThat(each.process().isAlive()).as(each.complaint()).isTrue();
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private long transfers(MemberSpec member) throws Exception {
        try (Connection direct = pair.direct(member);
                Statement statement = direct.createStatement();
                var rows =
                        statement.executeQuery(
                                "select max(balance) filter (where id = 2), sum(balance)"
                                        + " from accounts")) {
            rows.next();
            assertThat(rows.getLong(2)).isZero();
            return rows.getLong(1);
        }
    }
}
