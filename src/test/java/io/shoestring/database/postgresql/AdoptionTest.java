package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.base.Clock;
import io.shoestring.database.DatabaseException;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What is said before a take-over is what then happens, and it can be taken back. */
@Timeout(120)
class AdoptionTest {
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");

    private static AdoptionPlan plan(TestCluster cluster, String name) throws Exception {
        return new Adoption(cluster.config(), cluster.configured(name), "127.0.0.1", Clock.system())
                .plan();
    }

    private static List<String> undo(TestCluster cluster, String name) throws Exception {
        return new AdoptionUndo(
                        cluster.config(), cluster.configured(name), "127.0.0.1", Clock.system())
                .run();
    }

    private static Map<String, String> values(TestCluster cluster, String name) {
        return Settings.NAMES.stream()
                .collect(Collectors.toMap(it -> it, it -> value(cluster, name, it)));
    }

    private static String value(TestCluster cluster, String name, String setting) {
        try {
            return cluster.value(name, "SHOW " + setting);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** As its machine does it, without us. */
    private static void startByItself(TestCluster cluster, String name) throws Exception {
        Server server =
                new Server(cluster.config(), cluster.configured(name), "127.0.0.1", Clock.system());
        try (var exit = new io.shoestring.database.server.ProcessExit(name, _ -> {})) {
            new Startup(server, exit).start();
        }
    }

    @Test
    void whatIsSaidBeforeIsWhatHappensAndIsTakenBack() throws Exception {
        try (TestCluster cluster = TestCluster.withSettingsElsewhere("a", "b")) {
            Path main = cluster.configured("a").configFile().orElseThrow();
            Path start = main.resolveSibling("start.conf");
            Files.writeString(
                    main,
                    Files.readString(main)
                                    .replace("port = 1", "port = " + cluster.endpoint("a").port())
                            + "wal_sender_timeout = '33s'\n");
            String mainBefore = Files.readString(main);
            String startBefore = Files.readString(start);
            startByItself(cluster, "a");
            String pid = cluster.value("a", "SELECT pg_postmaster_start_time()");
            Map<String, String> before = values(cluster, "a");

            AdoptionPlan plan = plan(cluster, "a");
            assertThat(plan.found()).contains("It runs as a primary", "is not restarted");
            assertThat(plan.files())
                    .anyMatch(it -> it.startsWith(main + " gets one line at its end"))
                    .anyMatch(it -> it.startsWith(start + ": 'auto' becomes 'manual'"));
            assertThat(plan.restarts()).isEmpty();
            assertThat(plan.others()).anyMatch(it -> it.contains("slot shoestring_b is made"));
            assertThat(plan(cluster, "b").found()).contains("is empty");
            assertThat(main).hasContent(mainBefore);
            assertThat(start).hasContent(startBefore);
            assertThat(cluster.data("a").resolve("shoestring.conf")).doesNotExist();

            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.synchronous("a", 1, "b");
            for (AdoptionPlan.Change change : plan.settings()) {
                boolean atOnce = change.when().startsWith("by a reload");
                assertThat(value(cluster, "a", change.name()))
                        .as(change.toString())
                        .isEqualTo(atOnce ? change.then() : change.now());
            }
            assertThat(plan.settings())
                    .extracting(AdoptionPlan.Change::name)
                    .contains("wal_sender_timeout", "wal_log_hints", "synchronous_standby_names");
            assertThat(plan(cluster, "a").files())
                    .anyMatch(it -> it.contains("includes it already"));
            assertThat(plan(cluster, "b").others()).anyMatch(it -> it.startsWith("It follows"));

            undo(cluster, "b");
            assertThat(undo(cluster, "a"))
                    .contains("wal_sender_timeout is '33s' again; it was '6s'.");
            assertThat(main).hasContent(mainBefore);
            assertThat(start).hasContent(startBefore);
            assertThat(values(cluster, "a")).isEqualTo(before);
            assertThat(cluster.value("a", "SELECT pg_postmaster_start_time()")).isEqualTo(pid);
            cluster.sql("a", "CREATE TABLE t AS SELECT 1 AS x");
            assertThat(cluster.state("b"))
                    .isInstanceOfSatisfying(
                            MemberState.Replica.class,
                            replica -> assertThat(replica.streaming()).isTrue());
            assertThat(cluster.value("a", "SELECT count(*) FROM pg_replication_slots"))
                    .isEqualTo("1");
            assertThat(undo(cluster, "a")).anyMatch(it -> it.startsWith("Nothing of Shoestring"));
        }
    }

    @Test
    void whatNeedsARestartIsSaidWithTheCommand() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b", "c")) {
            Files.writeString(
                    cluster.data("a").resolve("postgresql.auto.conf"),
                    "wal_level = minimal\nmax_wal_senders = 0\nwal_sender_timeout = '9s'\n");
            startByItself(cluster, "a");
            AdoptionPlan plan = plan(cluster, "a");
            assertThat(plan.restarts())
                    .anyMatch(it -> it.startsWith("ALTER SYSTEM SET wal_level = 'replica'"))
                    .contains(
                            "ALTER SYSTEM SET max_wal_senders = 10; it is 0, and there are 2"
                                    + " replicas.");
            assertThat(plan.others())
                    .contains(
                            "postgresql.auto.conf overrides wal_sender_timeout: ALTER SYSTEM RESET"
                                    + " them before.");
        }
    }

    @Test
    void aStoppedReplicaIsNotLeftWithoutAPrimary() throws Exception {
        try (TestCluster cluster = new TestCluster("a", "b")) {
            cluster.startPrimary("a", 1);
            cluster.followed("b", "a", 1);
            cluster.done(new Action.Fence(B, "test"));
            assertThatThrownBy(() -> undo(cluster, "b"))
                    .isInstanceOf(DatabaseException.class)
                    .hasMessageContaining("start it first");
            assertThat(cluster.data("b").resolve("shoestring.conf")).exists();
            cluster.done(new Action.Stop(A, "test"));
            assertThat(undo(cluster, "a")).anyMatch(it -> it.contains("shoestring.conf.undone"));
        }
    }
}
