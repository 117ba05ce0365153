package io.shoestring.sandbox.fault;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.bank.Audit;
import io.shoestring.sandbox.bank.Bank;
import io.shoestring.sandbox.bank.BankLoad;
import io.shoestring.sandbox.bank.Ledger;
import io.shoestring.sandbox.bank.Verdict;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** One fault, made while the bank works, mended, and counted. */
final class Trial {
    private static final int CLIENTS = 8;
    private static final int VISITORS = 2;
    private static final int TRANSFERS_PER_SECOND = 100;
    private static final int CLIENT_TIMEOUT_SECONDS = 20;
    private static final int VISITOR_TIMEOUT_SECONDS = 2;
    private static final Duration VISIT = Duration.ofMillis(250);
    private static final Duration CALM = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 50;

    /** So many acknowledged writes in a second mean that the bank works again. */
    private static final int FLOW = 5;

    private final Stage stage;
    private final Scenario scenario;
    private final Clock clock;
    private final List<String> notes = new ArrayList<>();
    private OptionalLong fenceMs = OptionalLong.empty();

    Trial(Stage stage, Scenario scenario, Clock clock) {
        this.stage = stage;
        this.scenario = scenario;
        this.clock = clock;
    }

    /**
     * Plays it; the stage is healthy before, and, if the promise was kept, afterwards.
     *
     * @throws SandboxException if the stage is not healthy, or does not become so
     */
    FaultResult play() throws SandboxException, SQLException, InterruptedException {
        stage.awaitHealthy();
        scenario.harm().prepare(stage);
        openBank(stage);
        FaultResult result = result(watch());
        stage.fence().remove();
        return result;
    }

    /** What the bank's clients saw, and which machine had the primary before. */
    private record Watched(BankLoad load, String before, long gapMillis, int addressMoves) {}

    private Watched watch() throws SandboxException, InterruptedException {
        try (AddressOwners owners = AddressOwners.of(stage, Stage.ADDRESS);
                BankLoad load =
                        BankLoad.start(this::connect, CLIENTS, TRANSFERS_PER_SECOND, clock)) {
            load.addVisitors(VISITORS, VISIT.toNanos());
            Thread.sleep(CALM);
            String primary = stage.primary().orElseThrow(() -> new SandboxException("no primary"));
            long began = load.nowNanos();
            harm(load, primary);
            stage.mend();
            stage.awaitHealthy();
            Thread.sleep(CALM);
            return new Watched(
                    load,
                    primary,
                    load.timeline().longestGap(began, load.nowNanos()).millis(),
                    owners.changes());
        }
    }

    private Connection connect(String application) throws SQLException {
        return stage.access()
                .writer(
                        application,
                        application.startsWith("visitor")
                                ? VISITOR_TIMEOUT_SECONDS
                                : CLIENT_TIMEOUT_SECONDS);
    }

    /** The clients of the trial before are gone: nobody may hold anything any more. */
    static void openBank(Stage stage) throws SQLException, SandboxException {
        try (Connection connection = stage.access().writer("setup", CLIENT_TIMEOUT_SECONDS);
                Statement statement = connection.createStatement()) {
            statement.execute(stage.engine().impatient());
            statement.execute("drop table if exists account, transfer, probe");
            statement.execute("create table probe (n int)");
            Bank.open(connection);
        } catch (SQLException e) {
            throw new SandboxException(
                    "the bank cannot be opened ("
                            + e.getMessage()
                            + "); sessions: "
                            + sessions(stage),
                    e);
        }
    }

    private static List<String> sessions(Stage stage) throws SQLException {
        try (Connection connection = stage.access().member(stage.primary().orElse("db0"));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(stage.engine().sessions())) {
            List<String> sessions = new ArrayList<>();
            while (rows.next()) {
                sessions.add(rows.getString(1));
            }
            return sessions;
        }
    }

    private void harm(BankLoad load, String primary) throws InterruptedException {
        if (scenario.fenceSecondsMax().isEmpty()) {
            scenario.harm().to(stage, primary);
            awaitFlow(load);
            return;
        }
        try (FenceProbe probe = FenceProbe.start(stage, primary, clock)) {
            Thread.sleep(CALM);
            long harmed = clock.nanos();
            scenario.harm().to(stage, primary);
            awaitFlow(load);
            fenceMs = OptionalLong.of((probe.lastNanos() - harmed) / 1_000_000);
        }
    }

    /** The fault lasts as long as it shall, and then until the bank works again. */
    private void awaitFlow(BankLoad load) throws InterruptedException {
        Thread.sleep(Duration.ofSeconds(scenario.lastsSeconds()));
        long end = clock.nanos() + PATIENCE.toNanos();
        while (writesOfASecond(load) < FLOW) {
            if (clock.nanos() - end > 0) {
                notes.add("no writes within " + PATIENCE.toSeconds() + " s");
                return;
            }
        }
    }

    private static long writesOfASecond(BankLoad load) throws InterruptedException {
        long before = load.timeline().writes();
        Thread.sleep(1_000 - POLL_MILLIS);
        return load.timeline().writes() - before;
    }

    private FaultResult result(Watched watched)
            throws SandboxException, SQLException, InterruptedException {
        String primary =
                stage.primary().orElseThrow(() -> new SandboxException("no primary at the end"));
        Audit.Result audit =
                new Audit(stage.access(), clock).read(primary, Stage.DATABASES, notes::add);
        Ledger.Tally tally = watched.load().ledger().tally();
        Verdict verdict = Verdict.of(tally, audit.books(), audit.balancesOk());
        boolean kept = judge(verdict, watched, !primary.equals(watched.before()));
        notes.add(
                verdict.acknowledged()
                        + " transfers, "
                        + verdict.unknown()
                        + " of unknown outcome, "
                        + tally.clientErrors()
                        + " errors at the clients");
        return new FaultResult(
                scenario.name(),
                stage.engine().name(),
                scenario.promise(),
                kept,
                watched.gapMillis(),
                fenceMs,
                verdict.lost(),
                verdict.duplicated(),
                String.join("; ", notes));
    }

    private boolean judge(Verdict verdict, Watched watched, boolean moved) {
        long gapMillis = watched.gapMillis();
        int changes = watched.load().writers().changes();
        List<String> broken = new ArrayList<>();
        expect(verdict.lost() == 0, verdict.lost() + " acknowledged transfers are lost", broken);
        expect(verdict.duplicated() == 0, verdict.duplicated() + " ran twice", broken);
        expect(verdict.balancesOk(), "the money does not add up", broken);
        expect(
                gapMillis <= scenario.writerBackSecondsMax() * 1_000L,
                "no write for " + gapMillis + " ms",
                broken);
        expect(changes <= 1, "the writer changed " + changes + " times", broken);
        expect(
                watched.addressMoves() <= 1,
                "machines answered for the writer's address in turn ("
                        + watched.addressMoves()
                        + " changes)",
                broken);
        expect(moved || !scenario.takenOver(), "the other member did not take over", broken);
        scenario.fenceSecondsMax()
                .ifPresent(
                        seconds ->
                                expect(
                                        fenceMs.orElse(Long.MAX_VALUE) <= seconds * 1_000L,
                                        "the old primary took writes for too long",
                                        broken));
        notes.addAll(0, broken);
        return broken.isEmpty() && notes.size() == broken.size();
    }

    private static void expect(boolean holds, String otherwise, List<String> broken) {
        if (!holds) {
            broken.add(otherwise);
        }
    }
}
