package io.shoestring.sandbox.fault;

import io.shoestring.base.Clock;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Event;
import io.shoestring.model.MemberStatus;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.bank.Audit;
import io.shoestring.sandbox.bank.BankLoad;
import io.shoestring.sandbox.bank.Ledger;
import io.shoestring.sandbox.bank.Verdict;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The whole life of a PostgreSQL pair, one thing after the other under the load of the bank, each
 * asked for as an operator does: switchovers, a rolling restart, failovers, a rejoin by each way,
 * other protection modes, a member less and one more, and a replica for which more log would have
 * to be kept than is allowed.
 */
final class Life {
    static final Scenario SCENARIO =
            new Scenario(
                    "life",
                    "twenty switchovers and failovers, a rolling restart, each way of a rejoin,"
                            + " each protection, a member removed and added, a slot at its limit",
                    15,
                    OptionalInt.empty(),
                    0,
                    false,
                    (stage, primary) -> {});

    private static final int TIMES = 20;
    private static final int REWINDS = 3;
    private static final int CLIENTS = 8;
    private static final int TRANSFERS_PER_SECOND = 100;
    private static final int TIMEOUT_SECONDS = 30;
    private static final long PAUSE_MILLIS_MAX = 1_000;
    private static final double REWIND_SECONDS_MAX = 15;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration CALM = Duration.ofMillis(500);
    private static final long POLL_MILLIS = 50;

    private static final Pattern HELD = Pattern.compile("Switchover .* held for (\\d+) ms\\.");
    private static final Pattern BACK =
            Pattern.compile("(?s)Member (\\S+) is back as a replica \\(([\\d.]+) s\\): (.*)");

    private final Stage stage;
    private final Clock clock;
    private final Consumer<String> progress;
    private final List<String> broken = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<Double> rewinds = new ArrayList<>();
    private long longestGapMillis;

    private Life(Stage stage, Clock clock, Consumer<String> progress) {
        this.stage = stage;
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * Makes the machines, and lives.
     *
     * @param parent in which they have a directory of their own
     * @param ends is called with the stage while it is still there, if it did not go well
     */
    static FaultResult play(
            StageEngine engine,
            Path parent,
            Clock clock,
            Consumer<String> progress,
            Consumer<Stage> ends)
            throws SandboxException, SQLException, InterruptedException {
        try (Stage stage = Stage.build(engine, parent, clock, progress, List.of())) {
            boolean kept = false;
            try {
                FaultResult result = new Life(stage, clock, progress).all();
                kept = result.kept();
                return result;
            } finally {
                if (!kept) {
                    ends.accept(stage);
                }
            }
        }
    }

    private interface Part {
        void live(BankLoad load) throws SandboxException, SQLException, InterruptedException;
    }

    private FaultResult all() throws SandboxException, SQLException, InterruptedException {
        stage.awaitHealthy();
        Trial.openBank(stage);
        // The machines' disks are small.
        onPrimary("alter system set max_wal_size = '128MB'", "select pg_reload_conf()");
        BankLoad load =
                BankLoad.start(
                        name -> stage.access().listener(name, TIMEOUT_SECONDS),
                        CLIENTS,
                        TRANSFERS_PER_SECOND,
                        clock);
        try (load) {
            part("switchovers", load, this::switchovers);
            part("rolling restart", load, this::restart);
            part("failovers", load, this::failovers);
            part("copy of an empty member", load, this::copy);
            if (stage.engine().rewinds()) {
                part("rewinds", load, this::rewinds);
            }
            part("rewind that fails", load, this::failingRewind);
            part("protection modes", load, this::protections);
            part("a member removed and added", load, this::members);
            part("a slot at its limit", load, this::slot);
            settle();
        }
        return result(load.ledger().tally());
    }

    /** A part, and what the clients saw of it. */
    private void part(String name, BankLoad load, Part part)
            throws SandboxException, SQLException, InterruptedException {
        progress.accept(name);
        settle();
        int errors = load.ledger().tally().clientErrors();
        long began = load.nowNanos();
        part.live(load);
        settle();
        long gap = load.timeline().longestGap(began, load.nowNanos()).millis();
        longestGapMillis = Math.max(longestGapMillis, gap);
        int more = load.ledger().tally().clientErrors() - errors;
        note("%s: longest pause %d ms, %d errors at clients".formatted(name, gap, more));
    }

    private void settle() throws SandboxException, InterruptedException {
        await("the cluster does not become healthy", stage::isHealthy);
        stage.awaitSynchronous();
        Thread.sleep(CALM);
    }

    private void switchovers(BankLoad load) throws SandboxException, InterruptedException {
        List<Double> pauses = new ArrayList<>();
        int errors = load.ledger().tally().clientErrors();
        for (int i = 0; i < TIMES; i++) {
            long before = lastEvent();
            String to = Stage.other(primary());
            if (!stage.switchover(to).accepted()) {
                expect(false, "a switchover to " + to + " was refused");
                continue;
            }
            await("no switchover to " + to, () -> is(to, "primary"));
            settle();
            events(before).stream()
                    .map(Event::text)
                    .map(HELD::matcher)
                    .filter(Matcher::find)
                    .findFirst()
                    .ifPresent(held -> pauses.add(Double.valueOf(held.group(1))));
        }
        expect(pauses.size() == TIMES, "only " + pauses.size() + " switchovers were done");
        expect(percentile(pauses, 0.95) < PAUSE_MILLIS_MAX, "a switchover held writes too long");
        expect(load.ledger().tally().clientErrors() == errors, "a switchover made errors");
        note("writes held, ms: " + figures(pauses));
    }

    private void restart(BankLoad load) throws SandboxException {
        int errors = load.ledger().tally().clientErrors();
        String said = stage.node(Stage.WITNESS).run("restart", Stage.DATABASE);
        expect(said.contains("is done"), "the rolling restart was not done: " + said);
        expect(load.ledger().tally().clientErrors() == errors, "the rolling restart made errors");
    }

    private void failovers(BankLoad load) throws SandboxException, InterruptedException {
        List<Double> gaps = new ArrayList<>();
        for (int i = 0; i < TIMES; i++) {
            long before = lastEvent();
            String old = primary();
            long began = load.nowNanos();
            stage.killServer(old);
            await("nobody takes over from " + old, () -> is(Stage.other(old), "primary"));
            awaitBack(before, old);
            settle();
            gaps.add((double) load.timeline().longestGap(began, load.nowNanos()).millis());
            forgetAside(old);
        }
        note("no writes in a failover, ms: " + figures(gaps));
    }

    /**
     * How a member came back, as its event tells.
     *
     * @param seconds how long it took to make it a replica
     */
    private record Back(double seconds, String how) {}

    private String awaitBack(long after, String member)
            throws SandboxException, InterruptedException {
        await(member + " does not come back", () -> back(after, member).isPresent());
        Back back = back(after, member).orElseThrow();
        if (back.how().contains("rewound")) {
            rewinds.add(back.seconds());
        }
        return back.how();
    }

    private Optional<Back> back(long after, String member) {
        return events(after).stream()
                .map(event -> BACK.matcher(event.text()))
                .filter(found -> found.find() && found.group(1).equals(member))
                .map(found -> new Back(Double.parseDouble(found.group(2)), found.group(3)))
                .findFirst();
    }

    /** What an operator removes once he does not need it. */
    private void forgetAside(String machine) {
        shell(machine, "rm -rf members/main.aside");
    }

    private void copy(BankLoad load) throws SandboxException, InterruptedException {
        String member = Stage.other(primary());
        long before = lastEvent();
        operator("member", "offline", Stage.DATABASE + "/" + member);
        shell(member, "kill -9 $(head -1 members/main/postmaster.pid); sleep 1");
        shell(member, "rm -rf members/main members/main.*");
        operator("member", "online", Stage.DATABASE + "/" + member);
        String how = awaitBack(before, member);
        expect(how.contains("cloned"), member + " was not copied: " + how);
    }

    /** The primary dies with something in its log that did not reach its replica. */
    private void rewinds(BankLoad load)
            throws SandboxException, SQLException, InterruptedException {
        for (int i = 0; i < REWINDS; i++) {
            String old = primary();
            String next = Stage.other(old);
            long before = lastEvent();
            stage.network().cutPort(stage.engine().port(), old, next);
            onPrimary(
                    "set synchronous_commit = local",
                    "create table only_here as select generate_series(1, 1000) as n");
            stage.killServer(old);
            await("nobody takes over from " + old, () -> is(next, "primary"));
            stage.network().heal();
            String how = awaitBack(before, old);
            expect(how.contains("rewound"), old + " came back so: " + how);
            settle();
            forgetAside(old);
        }
        note("rejoins by rewind, s: " + figures(rewinds));
        expect(percentile(rewinds, 1) < REWIND_SECONDS_MAX, "a rewind took too long");
    }

    private void failingRewind(BankLoad load) throws SandboxException, InterruptedException {
        String old = primary();
        long before = lastEvent();
        shell(
                old,
                "kill -9 $(head -1 members/main/postmaster.pid);"
                        + " rm -f members/main/pg_wal/0000*");
        await("nobody takes over from " + old, () -> is(Stage.other(old), "primary"));
        String how = awaitBack(before, old);
        expect(how.contains("cloned") && how.contains("kept in"), old + " came back so: " + how);
        note("after a rewind that failed: " + how);
        forgetAside(old);
    }

    private void protections(BankLoad load) throws SandboxException, InterruptedException {
        for (String mode : List.of("maximum", "performance", "availability")) {
            stage.apply(
                    text ->
                            text.replaceAll("\n    protection: \\w+", "")
                                    .replace(
                                            "engine: postgresql",
                                            "engine: postgresql\n    protection: " + mode));
            await(
                    "protection does not become " + mode,
                    () ->
                            stage.database()
                                    .map(DatabaseStatus::protection)
                                    .filter(mode::equals)
                                    .isPresent());
            await("not healthy with protection " + mode, stage::isHealthy);
            Thread.sleep(CALM);
        }
    }

    private void members(BankLoad load) throws SandboxException, InterruptedException {
        String member = Stage.other(primary());
        String[] line = {""};
        stage.apply(
                text -> {
                    Matcher found = Pattern.compile("\n +" + member + ": \\{ data.*").matcher(text);
                    line[0] = found.find() ? found.group() : "";
                    return text.replace(line[0], "");
                });
        await("it is still a member", () -> !is(member, "replica"));
        Thread.sleep(CALM);
        stage.apply(text -> text.replace("\n    members:", "\n    members:" + line[0]));
    }

    /** More is written while a replica is away than may be kept for it; nobody else suffers. */
    private void slot(BankLoad load) throws SandboxException, SQLException, InterruptedException {
        String member = Stage.other(primary());
        onPrimary(
                "alter system set max_slot_wal_keep_size = '32MB'",
                "select pg_reload_conf()",
                "select pg_create_physical_replication_slot('nobody', true)");
        operator("member", "offline", Stage.DATABASE + "/" + member);
        shell(member, "kill -9 $(head -1 members/main/postmaster.pid); sleep 1");
        for (int i = 0; i < 10; i++) {
            onPrimary(
                    "create table junk as select repeat(md5(i::text), 20)"
                            + " from generate_series(1, 40000) i",
                    "drop table junk",
                    "checkpoint");
        }
        long before = lastEvent();
        operator("member", "online", Stage.DATABASE + "/" + member);
        String how = awaitBack(before, member);
        expect(how.contains("cloned"), member + " came back so: " + how);
        note("after its log was gone: " + how);
        onPrimary(
                "select pg_drop_replication_slot('nobody')",
                "alter system reset max_slot_wal_keep_size",
                "select pg_reload_conf()");
        forgetAside(member);
    }

    private FaultResult result(Ledger.Tally tally)
            throws SandboxException, SQLException, InterruptedException {
        Audit.Result audit =
                new Audit(stage.access(), clock).read(primary(), Stage.DATABASES, notes::add);
        Verdict verdict = Verdict.of(tally, audit.books(), audit.balancesOk());
        expect(verdict.good(), "the books are wrong: " + verdict);
        notes.addFirst(
                verdict.acknowledged()
                        + " transfers, "
                        + verdict.unknown()
                        + " of unknown outcome, "
                        + tally.clientErrors()
                        + " errors at the clients "
                        + tally.errors());
        notes.addAll(0, broken);
        return new FaultResult(
                SCENARIO.name(),
                stage.engine().name(),
                "No acknowledged transfer is lost, none runs twice; switchovers hold writes for"
                        + " less than 1 s (p95) and no client sees an error of them; a rejoin by"
                        + " rewind takes less than 15 s.",
                broken.isEmpty(),
                longestGapMillis,
                OptionalLong.empty(),
                verdict.lost(),
                verdict.duplicated(),
                String.join("; ", notes));
    }

    private void expect(boolean holds, String otherwise) {
        if (!holds) {
            broken.add(otherwise);
            progress.accept("  BROKEN " + otherwise);
        }
    }

    private void note(String text) {
        notes.add(text);
        progress.accept("  " + text);
    }

    private void onPrimary(String... statements) throws SandboxException, SQLException {
        try (Connection connection = stage.access().member(primary());
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    private void operator(String... command) {
        stage.node(Stage.WITNESS).run(command);
    }

    /** Beside the machine's files, as root there. */
    private void shell(String machine, String script) {
        stage.machine(machine).runIn("sh", "-c", "cd " + stage.home(machine) + "; " + script);
    }

    private String primary() throws SandboxException {
        return stage.primary().orElseThrow(() -> new SandboxException("there is no primary"));
    }

    private boolean is(String member, String role) {
        return stage.database().stream()
                .flatMap(database -> database.members().stream())
                .filter(it -> it.name().equals(member))
                .map(MemberStatus::role)
                .anyMatch(role::equals);
    }

    private long lastEvent() {
        return stage.events(Stage.WITNESS, 0).orElseThrow().last();
    }

    private List<Event> events(long after) {
        return stage.events(Stage.WITNESS, after).map(it -> it.events()).orElse(List.of());
    }

    private void await(String otherwise, BooleanSupplier condition)
            throws SandboxException, InterruptedException {
        long end = clock.nanos() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (clock.nanos() - end > 0) {
                throw new SandboxException(otherwise + " within " + PATIENCE.toSeconds() + " s");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    private static String figures(List<Double> values) {
        return values.isEmpty()
                ? "none"
                : "%d of them, median %.1f, p95 %.1f, most %.1f"
                        .formatted(
                                values.size(),
                                percentile(values, 0.5),
                                percentile(values, 0.95),
                                percentile(values, 1));
    }

    /** Zero of none. */
    private static double percentile(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        int at = (int) Math.ceil(share * sorted.size()) - 1;
        return Optional.of(sorted)
                .filter(it -> !it.isEmpty())
                .map(it -> it.get(Math.max(0, at)))
                .orElse(0.0);
    }
}
