package io.shoestring.sandbox.bank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.TestSandbox;
import io.shoestring.sandbox.bank.BankLoad.Target;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.time.Duration;

@Timeout(180)
class BankLoadTest {
    private static final int CLIENTS = 16;
    private TestSandbox test;
    private Sandbox sandbox;
    private Target target;

    @BeforeEach
    void makeABank() throws Exception {
        test = new TestSandbox();
        sandbox = test.sandbox();
        target = new Target(sandbox.jdbcUrl(), Sandbox.USER, sandbox.password());
        try (Connection connection = target.connect("test")) {
            Bank.open(connection);
        }
    }

    @AfterEach
    void removeIt() {
        test.close();
    }

    @Test
    void everyAcknowledgedTransferIsFoundOnEveryServer() throws Exception {
        BankLoad load = start();
        awaitWrites(load, 500);
        load.close();

        Verdict verdict = verdict(load);

        assertThat(load.ledger().tally().errors()).isEmpty();
        assertThat(verdict.acknowledged()).isGreaterThanOrEqualTo(500).isEqualTo(verdict.found());
        assertThat(verdict.good()).isTrue();
        assertThat(load.timeline().reads()).isGreaterThanOrEqualTo(1_400);
        assertThat(load.timeline().replicaPercent()).as("all from the primary").isZero();
        assertThat(load.ledger().tally().staleReads()).isZero();
    }

    @Test
    void aCrashInPlaceLosesNothingAndItsLengthIsMeasured() throws Exception {
        BankLoad load = start();
        awaitWrites(load, 300);
        long killed = load.nowNanos();
        ProcessHandle.of(sandbox.postmaster("a").orElseThrow()).orElseThrow().destroyForcibly();
        await().until(() -> sandbox.postmaster("a").isEmpty());
        Thread.sleep(Duration.ofMillis(700));
        test.startServer("a");
        long before = load.timeline().writes();
        awaitWrites(load, before + 300);
        load.close();

        Verdict verdict = verdict(load);
        Ledger.Tally tally = load.ledger().tally();

        assertThat(verdict.lost()).isZero();
        assertThat(verdict.duplicated()).isZero();
        assertThat(verdict.balancesOk()).isTrue();
        assertThat(verdict.found())
                .isBetween(verdict.acknowledged(), verdict.acknowledged() + verdict.unknown());
        assertThat(tally.unknown().values()).doesNotContain(Ledger.Answer.NOT_YET);
        assertThat(tally.clientErrors()).isPositive();
        assertThat(tally.connectionsLost()).isEqualTo(CLIENTS);
        assertThat(load.timeline().longestGap(killed, load.nowNanos()).millis())
                .isBetween(700L, 20_000L);
    }

    @Test
    void aLostADuplicatedAndAForgedTransferAreAllNoticed() throws Exception {
        BankLoad load = start();
        awaitWrites(load, 200);
        load.close();
        assertThat(verdict(load).good()).isTrue();

        try (Connection connection = sandbox.access().connect("a", "app");
                var statement = connection.createStatement()) {
            statement.execute("delete from transfer where id = 'client-01-1'");
        }
        assertThat(verdict(load).lost()).isEqualTo(1);
        assertThat(verdict(load).balancesOk()).isFalse();

        try (Connection connection = sandbox.access().connect("a", "app");
                var statement = connection.createStatement()) {
            statement.execute(
                    "insert into transfer select * from transfer where id = 'client-02-1'");
        }
        assertThat(verdict(load).duplicated()).isEqualTo(1);
    }

    private BankLoad start() {
        return BankLoad.start(target::connect, CLIENTS, 400, Clock.system());
    }

    private static void awaitWrites(BankLoad load, long writes) {
        await().atMost(Duration.ofSeconds(60)).until(() -> load.timeline().writes() >= writes);
    }

    private Verdict verdict(BankLoad load) throws Exception {
        Audit.Result audit =
                new Audit(sandbox.access(), Clock.system())
                        .read("a", sandbox.members().keySet(), sentence -> {});
        return Verdict.of(load.ledger().tally(), audit.books(), audit.balancesOk());
    }
}
