package io.shoestring.sandbox.fault;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.SandboxException;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The old test of two balancers in front of two databases: each machine loses its power and gets it
 * back in turn, also while a balancer is away, and after each step a query at the balancers'
 * floating address has to succeed. Two MariaDB servers follow each other, and do so again after
 * each start. A voter is the fifth machine: with four, two lost ones would leave no majority.
 */
final class SeventeenSteps {
    static final Scenario SCENARIO =
            new Scenario(
                    "seventeen-steps",
                    "two balancers with a floating address, two databases: each is stopped and"
                            + " started in turn, a query after each step",
                    15,
                    OptionalInt.empty(),
                    0,
                    false,
                    (stage, primary) -> {});

    private static final List<String> BALANCERS = List.of("lb0", "lb1");
    private static final List<String> STEPS =
            List.of(
                    "stop db0",
                    "start db0",
                    "stop db1",
                    "start db1",
                    "stop lb0",
                    "stop db0",
                    "start db0",
                    "stop db1",
                    "start db1",
                    "start lb0");
    private static final String ENGINE = "    engine: mariadb";
    private static final int QUERY_SECONDS = 2;
    private static final long PATIENCE_NANOS = 60_000_000_000L;
    private static final long POLL_MILLIS = 50;

    private final Stage stage;
    private final Clock clock;
    private final Consumer<String> progress;
    private final List<String> notes = new ArrayList<>();
    private long longestMillis;

    private SeventeenSteps(Stage stage, Clock clock, Consumer<String> progress) {
        this.stage = stage;
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * Makes the five machines, and takes all steps.
     *
     * @param engine of the two databases
     * @param parent in which they have a directory of their own
     */
    static FaultResult play(StageEngine engine, Path parent, Clock clock, Consumer<String> progress)
            throws SandboxException, InterruptedException {
        try (Stage stage = Stage.build(engine, parent, clock, progress, BALANCERS)) {
            if (engine instanceof MariaDbStage) {
                progress.accept("the two servers are to follow each other (topology: mutual)");
                stage.apply(text -> text.replace(ENGINE, ENGINE + "\n    topology: mutual"));
            }
            return new SeventeenSteps(stage, clock, progress).all();
        }
    }

    private FaultResult all() throws SandboxException, InterruptedException {
        query("the beginning");
        awaitMutual("the beginning");
        for (String step : STEPS) {
            String machine = step.substring(step.indexOf(' ') + 1);
            if (step.startsWith("stop")) {
                stage.machine(machine).powerOff();
            } else {
                stage.machine(machine).powerOn();
                stage.node(machine).start();
            }
            query(step);
            if (step.startsWith("start")) {
                // The second database is not taken away before the first has all of it again.
                stage.awaitSynchronous();
                awaitMutual(step);
            }
        }
        boolean kept = notes.isEmpty() && longestMillis <= SCENARIO.writerBackSecondsMax() * 1_000L;
        notes.addFirst(STEPS.size() + 1 + " queries");
        return new FaultResult(
                SCENARIO.name(),
                stage.engine().name(),
                "After each step a query and a write at the floating address succeed within "
                        + SCENARIO.writerBackSecondsMax()
                        + " s.",
                kept,
                longestMillis,
                OptionalLong.empty(),
                0,
                0,
                String.join("; ", notes));
    }

    /** Until the primary follows the other one, too, and only one of both takes writes. */
    private void awaitMutual(String step) throws InterruptedException {
        if (!stage.engine().name().equals("mariadb")) {
            return;
        }
        long began = clock.nanos();
        while (clock.nanos() - began < PATIENCE_NANOS) {
            if (isMutual()) {
                progress.accept("  " + step + ": both follow each other");
                return;
            }
            Thread.sleep(POLL_MILLIS);
        }
        notes.add("after '" + step + "' the servers did not follow each other");
    }

    private boolean isMutual() {
        try {
            return Stage.DATABASES.stream().mapToInt(this::writers).sum() == 1;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** One if it takes writes, none if it does not; it follows somebody in either case. */
    private int writers(String machine) {
        try (Connection connection = stage.access().connect(machine, "mysql");
                Statement statement = connection.createStatement()) {
            checkFollowing(machine, statement);
            try (ResultSet row = statement.executeQuery("select @@global.read_only")) {
                return row.next() && row.getInt(1) == 0 ? 1 : 0;
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private static void checkFollowing(String machine, Statement statement) throws SQLException {
        int followed = 0;
        try (ResultSet rows = statement.executeQuery("show all slaves status")) {
            while (rows.next()) {
                boolean told = !rows.getString("Master_Host").isEmpty();
                followed += told ? 1 : 0;
                if (told
                        && !(rows.getString("Slave_IO_Running").equals("Yes")
                                && rows.getString("Slave_SQL_Running").equals("Yes"))) {
                    throw new IllegalStateException(machine + " does not go on following");
                }
            }
        }
        if (followed != 1) {
            throw new IllegalStateException(machine + " follows " + followed + " servers");
        }
    }

    /** Until it succeeds; each attempt is a connection of its own. */
    private void query(String step) throws InterruptedException {
        long began = clock.nanos();
        String trouble = "";
        while (clock.nanos() - began < PATIENCE_NANOS) {
            try (Connection connection = stage.access().listener("visitor", QUERY_SECONDS);
                    Statement statement = connection.createStatement()) {
                statement.execute("create table if not exists step (n int)");
                statement.execute("insert into step values (1)");
                try (ResultSet rows = statement.executeQuery("select count(*) from step")) {
                    rows.next();
                }
                long millis = (clock.nanos() - began) / 1_000_000;
                longestMillis = Math.max(longestMillis, millis);
                progress.accept("  " + step + ": a query after " + millis + " ms");
                return;
            } catch (SQLException e) {
                trouble = String.valueOf(e.getMessage());
                Thread.sleep(POLL_MILLIS);
            }
        }
        longestMillis = PATIENCE_NANOS / 1_000_000;
        notes.add("after '" + step + "' no query succeeded: " + trouble);
    }
}
