package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.describePortal;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.parse;
import static io.shoestring.proxy.postgresql.Wire.query;
import static io.shoestring.proxy.postgresql.Wire.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.config.ReplayConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** A real primary is killed under open transactions, and they go on at its replica. */
@Timeout(90)
class ReplayTest extends LostPrimary {

    @Override
    String columns() {
        return "id bigint, how text";
    }

    @Override
    ReplayConfig replay() {
        return ProxyUnderTest.REPLAY;
    }

    /** True on the first primary, so that a statement can be caught there. */
    private String onFirst() {
        return "inet_server_port() = " + pair.primary().endpoint().port();
    }

    @Test
    void openTransactionsGoOnUnseen() throws Exception {
        try (RawClient simple = client();
                RawClient prepared = client();
                RawClient settings = client();
                RawClient savepoints = client();
                RawClient rollsBack = client();
                RawClient inFlight = client();
                RawClient pipelines = client();
                RawClient inPart = client();
                Connection driver =
                        java.sql.DriverManager.getConnection(
                                proxy.url("sslmode=disable"), RawClient.ROLE, "")) {
            driver.setAutoCommit(false);
            try (var insert = driver.prepareStatement("insert into written values (?, ?)")) {
                for (int i = 0; i < 7; i++) {
                    insert.setLong(1, 2);
                    insert.setString(2, "driver");
                    insert.executeUpdate();
                }
            }
            prepared.send(parse("s", "insert into written values (1, $1)"), sync()).ready();
            for (RawClient each :
                    List.of(
                            simple,
                            prepared,
                            settings,
                            savepoints,
                            rollsBack,
                            inFlight,
                            pipelines,
                            inPart)) {
                each.ask("begin");
            }
            simple.ask("insert into written values (1, 'simple')");
            assertThat(simple.value("select count(*) from written")).isEqualTo("1");
            prepared.send(bind("", "s", "prepared"), execute("", 0), sync()).ready();
            prepared.send(parse("t", "select count(*) from written"), sync()).ready();
            settings.ask("set local work_mem = '7MB'");
            settings.ask("set application_name = 'inside'");
            savepoints.ask("savepoint a");
            savepoints.ask("insert into written values (1, 'never')");
            savepoints.ask("rollback to a");
            rollsBack.ask("insert into written values (1, 'never')");
            for (RawClient each : List.of(inFlight, pipelines, inPart, settings, prepared)) {
                each.forget();
            }
            inFlight.send(
                    query(
                            "insert into written select 1, 'inFlight' from pg_sleep(case when "
                                    + onFirst()
                                    + " then 60 else 0 end)"));
            pipelines.ask("insert into written values (1, 'pipelines')");
            pipelines.forget();
            pipelines.send(
                    query("select pg_sleep(case when " + onFirst() + " then 60 else 0 end)"),
                    query("insert into written values (1, 'pipelines')"),
                    query("select 'last'"));
            inPart.send(
                    query(
                            "select i, repeat('x', 3000), pg_sleep(case when i = 60 and "
                                    + onFirst()
                                    + " then 60 else 0 end) from generate_series(1, 100) i"));
            for (int i = 0; i < 20; i++) {
                inPart.until('D');
            }
            awaitActive(3);
            killPrimary();
            // It waits for nothing: there is nothing to cancel.
            cancel(simple);
            promote();

            assertThat(simple.value("select count(*) from written")).isEqualTo("1");
            assertThat(simple.ask("commit")).containsExactly("C COMMIT[0]", "Z I");
            prepared.send(bind("", "t"), execute("", 0), sync()).ready();
            assertThat(prepared.heard()).noneMatch(message -> message.startsWith("E"));
            prepared.send(bind("", "s", "prepared"), execute("", 0), sync()).ready();
            assertThat(prepared.ask("commit")).containsExactly("C COMMIT[0]", "Z I");
            assertThat(settings.value("show work_mem")).isEqualTo("7MB");
            assertThat(settings.value("show application_name")).isEqualTo("inside");
            assertThat(settings.ask("commit")).containsExactly("C COMMIT[0]", "Z I");
            assertThat(settings.value("show application_name")).isEqualTo("inside");
            assertThat(settings.heard()).filteredOn(message -> message.startsWith("S")).isEmpty();
            savepoints.ask("insert into written values (1, 'savepoints')");
            assertThat(savepoints.ask("commit")).containsExactly("C COMMIT[0]", "Z I");
            assertThat(rollsBack.ask("rollback")).containsExactly("C ROLLBACK[0]", "Z I");
            assertThat(inFlight.ready().heard()).containsExactly("C INSERT 0 1[0]", "Z T");
            inFlight.ask("commit");
            pipelines.ready(3);
            assertThat(pipelines.heard()).filteredOn(m -> m.startsWith("Z")).containsOnly("Z T");
            assertThat(pipelines.heard()).last().isEqualTo("Z T");
            pipelines.ask("commit");
            inPart.ready();
            assertThat(beginnings(inPart)).hasSize(103).last().isEqualTo("Z T");
            for (int i = 1; i <= 100; i++) {
                assertThat(beginnings(inPart).get(i))
                        .contains("[" + String.valueOf(i).length() + "]" + i + "[");
            }
            inPart.ask("commit");
            try (var insert = driver.prepareStatement("insert into written values (?, ?)")) {
                insert.setLong(1, 2);
                insert.setString(2, "driver");
                insert.executeUpdate();
            }
            driver.commit();
            assertThat(
                            simple.value(
                                    "select string_agg(how || n, ' ' order by how) from (select"
                                            + " how, count(*) n from written group by 1) w"))
                    .isEqualTo("driver8 inFlight1 pipelines2 prepared2 savepoints1 simple1");
        }
        assertThat(proxy.status().unknownOutcomes()).isZero();
        assertThat(proxy.status().carriedOver().transactions()).isPositive();
        assertThat(proxy.status().interrupted()).isZero();
        assertThat(proxy.openTransactions()).isZero();
    }

    @Test
    void whatDiffersOrIsNotCertainIsRolledBackAndSaidSo() throws Exception {
        try (RawClient differs = client();
                RawClient differsInPart = client();
                RawClient tooLong = client();
                RawClient block = client();
                RawClient copies = client();
                RawClient fails = client();
                RawClient commits = client();
                RawClient terminated = client()) {
            List<RawClient> all =
                    List.of(differs, differsInPart, tooLong, block, copies, fails, commits);
            for (RawClient each : all) {
                each.ask("begin");
                each.ask("insert into written values (1, 'never')");
            }
            differs.ask("select pg_backend_pid()");
            commits.ask("select pg_backend_pid()");
            tooLong.ask("select length('" + "x".repeat(70_000) + "')");
            block.ask("do $$ begin perform 1; end $$");
            copies.ask("copy written to stdout");
            fails.ask("savepoint a");
            fails.ask("select 1/0");
            fails.ask("rollback to a");
            differsInPart.forget();
            differsInPart.send(
                    query(
                            "select inet_server_port(), repeat('x', 3000), pg_sleep(case when i ="
                                    + " 60 and "
                                    + onFirst()
                                    + " then 60 else 0 end) from generate_series(1, 100) i"));
            for (int i = 0; i < 20; i++) {
                differsInPart.until('D');
            }
            // An operator who ends a session means it.
            terminated.ask("begin");
            terminated.ask("insert into written values (1, 'never')");
            direct(
                    pair.primary().endpoint().port(),
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name"
                            + " = 'raw' and state = 'idle in transaction' order by xact_start desc"
                            + " limit 1");
            assertError(terminated, "select 1", "57P01", "Z E");

            killPrimary();
            promote();
            assertError(differs, "select 1", "40001", "Z E");
            assertThat(differs.ask("rollback")).containsExactly("C ROLLBACK[0]", "Z I");
            assertError(commits, "commit", "40001", "Z I");
            differsInPart.ready();
            // It ends inside a row, or between two.
            assertThat(differsInPart.heard().get(differsInPart.heard().size() - 2))
                    .containsAnyOf("C40001", "xxx");
            assertThat(beginnings(differsInPart)).last().isIn("Z E", RawClient.END);
            for (RawClient each : List.of(tooLong, block, copies, fails)) {
                assertError(each, "select 1", "57P01", "Z E");
            }
            for (RawClient each : List.of(differs, tooLong, block, copies, fails, commits)) {
                each.ask("rollback");
                assertThat(each.value("select count(*) from written")).isEqualTo("0");
            }
        }
    }

    @Test
    void aCommitOnItsWayIsAnsweredAsTheNewPrimaryProvesIt() throws Exception {
        commitsWaitForNobody();
        try (RawClient simple = client();
                RawClient extended = client();
                RawClient reads = client();
                RawClient alone = client();
                var without = proxy(new ReplayConfig(true, false, 64))) {
            without.publish(1, Optional.of(pair.primary()), false, pair.replica());
            try (RawClient unproven = RawClient.connect(without.port())) {
                for (RawClient each : List.of(simple, extended, reads, unproven)) {
                    each.ask("begin");
                }
                simple.ask("insert into written values (1, 'simple')");
                extended.ask("insert into written values (1, 'extended')");
                unproven.ask("insert into written values (1, 'unproven')");
                for (RawClient each : List.of(simple, extended, alone, unproven)) {
                    each.forget();
                }
                simple.send(query("commit"));
                extended.send(
                        parse("", "COMMIT"),
                        bind("", ""),
                        describePortal(""),
                        execute("", 0),
                        sync());
                unproven.send(query("commit"));
                alone.send(query("insert into written values (1, 'alone')"));
                awaitCommitting(4);
                awaitReplicated();
                killPrimary();
                without.publish(1, Optional.empty(), false);
                promote();
                without.publish(2, Optional.of(pair.replica()), false);
                assertThat(simple.ready().heard()).containsExactly("C COMMIT[0]", "Z I");
                assertThat(extended.ready().heard())
                        .containsExactly("1 ", "2 ", "n ", "C COMMIT[0]", "Z I");
                assertThat(alone.ready().heard().getFirst()).contains("C08007");
                assertThat(unproven.ready().heard().getFirst()).contains("C08007");
                assertThat(reads.ask("commit")).containsExactly("C COMMIT[0]", "Z I");
                assertThat(simple.value("select string_agg(how, ' ' order by how) from written"))
                        .isEqualTo("alone extended simple unproven");
            }
        }
        assertThat(proxy.status().unknownOutcomes()).isEqualTo(1);
        assertThat(proxy.status().carriedOver().commits()).isPositive();
    }

    @Test
    void aCommitThatTheNewPrimaryLacksIsRunAgainAlthoughItsIdIsTakenByOthers() throws Exception {
        commitsWaitForNobody();
        try (RawClient first = client();
                RawClient second = client();
                RawClient differs = client()) {
            for (RawClient each : List.of(first, second, differs)) {
                each.ask("begin");
            }
            // Only the COMMIT of the first comes after the fork, and all of the others.
            first.ask("insert into written values (1, 'first')");
            awaitReplicated();
            direct(
                    pair.replica().endpoint().port(),
                    "alter system set primary_conninfo = ''",
                    "select pg_reload_conf()");
            await().until(() -> count("select count(*) from pg_stat_replication") == 0);
            second.ask("insert into written values (1, 'second')");
            differs.ask("insert into written values (1, 'never')");
            differs.ask("select pg_backend_pid()");
            for (RawClient each : List.of(first, second, differs)) {
                each.forget();
                each.send(query("commit"));
            }
            awaitCommitting(3);
            killPrimary();
            pair.promoteReplica();
            for (int i = 0; i < 20; i++) {
                direct(pair.replica().endpoint().port(), "create table t" + i + " ()");
            }
            proxy.publish(2, Optional.of(pair.replica()), false);
            assertThat(first.ready().heard()).containsExactly("C COMMIT[0]", "Z I");
            assertThat(second.ready().heard()).containsExactly("C COMMIT[0]", "Z I");
            assertThat(differs.ready().heard().getFirst()).contains("C40001");
            assertThat(differs.heard()).last().isEqualTo("Z I");
            assertThat(first.value("select string_agg(how, ' ' order by how) from written"))
                    .isEqualTo("first second");
        }
        assertThat(proxy.status().unknownOutcomes()).isZero();
        assertThat(proxy.status().carriedOver().transactions()).isPositive();
    }

    @Test
    void aCommitThatTheServerHasNotLookedAtIsNotUnknown() throws Exception {
        try (RawClient client = client()) {
            String server = client.value("select pg_backend_pid()");
            client.ask("begin");
            client.ask("insert into written values (1, 'once')");
            await().until(
                            () ->
                                    count(
                                                    "select count(*) from pg_stat_activity where"
                                                        + " state = 'idle in transaction' and query"
                                                        + " like '%if_assigned%' and pid = "
                                                            + server)
                                            == 1);
            client.forget();
            new ProcessBuilder("kill", "-STOP", server).inheritIO().start().waitFor();
            client.send(query("commit"));
            Thread.sleep(200);
            killPrimary();
            promote();
            assertThat(client.ready().heard()).containsExactly("C COMMIT[0]", "Z I");
            assertThat(client.value("select count(*) from written")).isEqualTo("1");
        }
        assertThat(proxy.status().unknownOutcomes()).isZero();
    }

    /** From now on a COMMIT is on the primary's disk, and never answered. */
    private void commitsWaitForNobody() throws SQLException {
        direct(
                pair.primary().endpoint().port(),
                "alter system set synchronous_standby_names = 'nobody'",
                "select pg_reload_conf()",
                "checkpoint");
    }

    private void awaitCommitting(int count) {
        await().until(
                        () ->
                                count(
                                                "select count(*) from pg_stat_activity where"
                                                        + " wait_event = 'SyncRep'")
                                        == count);
    }

    private void awaitReplicated() throws SQLException {
        direct(pair.primary().endpoint().port(), "create table flushed ()", "drop table flushed");
        await().until(
                        () ->
                                count(
                                                "select count(*) from pg_stat_replication where"
                                                    + " replay_lsn = pg_current_wal_insert_lsn()")
                                        == 1);
    }

    private void awaitActive(int count) {
        await().until(
                        () ->
                                count(
                                                "select count(*) from pg_stat_activity where state"
                                                    + " = 'active' and application_name = 'raw'")
                                        >= count);
    }

    private int count(String sql) throws SQLException {
        try (Connection direct = pair.direct(pair.primary());
                var statement = direct.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void aRoleThatMayNotBeAskedForItsCommitFailsOnce() throws Exception {
        direct(
                pair.primary().endpoint().port(),
                "alter role trusted nosuperuser",
                "grant insert on written to trusted",
                // It has one more parameter since version 17.
                "do $$ declare it regprocedure; begin for it in select oid from pg_proc where"
                        + " proname = 'pg_logical_emit_message' loop execute 'revoke execute on"
                        + " function ' || it || ' from public'; end loop; end $$");
        try (RawClient client = client()) {
            client.ask("begin");
            client.ask("insert into written values (1, 'first')");
            assertThat(client.ask("commit").getFirst()).startsWith("E ").contains("C42501");
            client.ask("begin");
            client.ask("insert into written values (1, 'second')");
            assertThat(client.ask("commit").getFirst()).contains("COMMIT");
        }
    }

    private void cancel(RawClient whom) throws IOException {
        try (RawClient cancels = RawClient.open(proxy.port())) {
            cancels.send(Wire.cancelRequest(whom.processId(), whom.secretKey())).untilEnd();
        }
    }

    private static List<String> beginnings(RawClient client) {
        return client.heard().stream()
                .map(message -> message.substring(0, Math.min(40, message.length())))
                .toList();
    }

    private static void assertError(RawClient client, String sql, String state, String status)
            throws IOException {
        List<String> heard = client.ask(sql);
        assertThat(heard.getFirst()).startsWith("E ").contains("C" + state);
        assertThat(heard).last().isEqualTo(status);
    }
}
