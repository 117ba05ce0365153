package io.shoestring.doctor;

import static io.shoestring.doctor.Healthy.GIB;
import static io.shoestring.doctor.Healthy.NOW;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.doctor.Report.Finding;
import io.shoestring.doctor.facts.ContentFacts;
import io.shoestring.doctor.facts.ContentFacts.Prepared;
import io.shoestring.doctor.facts.ContentFacts.Transaction;
import io.shoestring.doctor.facts.HbaRule;
import io.shoestring.doctor.facts.HbaRule.Verdict;
import io.shoestring.doctor.facts.NodeFacts;
import io.shoestring.doctor.facts.NodeFacts.Certificate;
import io.shoestring.doctor.facts.ReplicationFacts;
import io.shoestring.doctor.facts.ReplicationFacts.Slot;
import io.shoestring.doctor.facts.SettingFacts.Setting;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Delay;
import io.shoestring.model.NodeStatus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** What takes a disaster, a year or another machine to come about: judged from recorded facts. */
@Timeout(60)
class ChecksTest {
    private static final Path GUIDE = Path.of("docs/guide/doctor.md");

    private static void finds(Consumer<Healthy> change, Severity severity, String id, String said) {
        Healthy pair = new Healthy();
        change.accept(pair);
        List<Finding> found =
                pair.examine().findings().stream()
                        .filter(finding -> finding.check().equals(id))
                        .toList();
        assertThat(found).as(id).hasSize(1);
        assertThat(found.getFirst().severity()).isEqualTo(severity);
        assertThat(String.join(",", found.getFirst().subjects()) + ": " + found.getFirst().found())
                .contains(said);
        assertThat(found.getFirst().mend()).allMatch(mend -> !mend.isBlank());
    }

    @Test
    void nothingIsFoundOnAHealthyPair() {
        Report report = new Healthy().examine();
        assertThat(report.findings()).isEmpty();
        assertThat(report.worst()).isEmpty();
        assertThat(report.well()).hasSize(report.checks());
        assertThat(report.checks()).isEqualTo(Checks.ALL.size() - Checks.MARIADB.size());
    }

    @Test
    void theTableIsSound() {
        assertThat(Checks.ALL).extracting(Check::id).doesNotHaveDuplicates().hasSizeGreaterThan(70);
        assertThat(Checks.ALL)
                .allMatch(check -> check.id().matches("[a-z0-9-]{3,30}"))
                .allMatch(check -> check.why().endsWith("."))
                .allMatch(check -> !check.title().endsWith("."));
    }

    /** A check that nobody ever saw finding anything may be blind. */
    @Test
    void everyCheckIsSeenToFindSomething() throws IOException {
        Path here = Path.of("src/test/java/io/shoestring/doctor");
        String tests =
                Files.readString(here.resolve("DoctorTest.java"))
                        + Files.readString(here.resolve("MariaDbDoctorTest.java"))
                        + Files.readString(here.resolve("ChecksTest.java"));
        assertThat(Checks.ALL).extracting(Check::id).allMatch(id -> tests.contains('"' + id + '"'));
    }

    @Test
    void theGuideNamesEveryCheckAndNoOther() throws IOException {
        Set<String> rows =
                Files.readAllLines(GUIDE).stream()
                        .filter(line -> line.startsWith("| `"))
                        .collect(Collectors.toSet());
        assertThat(rows)
                .isEqualTo(
                        Doctor.topics().stream()
                                .map(
                                        topic ->
                                                "| `%s` | %s |"
                                                        .formatted(topic.check(), topic.title()))
                                .collect(Collectors.toSet()));
    }

    @Test
    void twoPrimariesAndStrangersAreFound() {
        finds(
                pair -> pair.identityOfB = Healthy.identity(7, 150_018, false, "/data/x", 1),
                Severity.DANGER,
                "one-primary",
                "shop: a and b take writes.");
        finds(
                pair -> pair.identityOfB = Healthy.identity(8, 150_018, true, "/data/x", 1),
                Severity.DANGER,
                "same-cluster",
                "b: Its system identifier is 8, that of a is 7.");
        finds(
                pair -> pair.identityOfB = Healthy.identity(7, 150_017, true, "/data/x", 1),
                Severity.WARNING,
                "server-versions",
                "b: It is PostgreSQL 15.17, and a is 15.18.");
        finds(
                pair -> pair.identityOfB = Healthy.identity(7, 160_001, true, "/data/x", 1),
                Severity.DANGER,
                "server-versions",
                "16.1");
        finds(
                pair -> pair.diskOfB = Optional.of(Healthy.disk("/etc/x", false)),
                Severity.DANGER,
                "settings-place",
                "b: The settings are in /data/postgresql.conf, not in /etc/x.");
        finds(
                pair -> pair.diskOfB = Optional.of(Healthy.disk("/data/postgresql.conf", true)),
                Severity.DANGER,
                "boot-start",
                "b: Debian starts it when the machine starts.");
        finds(
                pair -> pair.identityOfB = Healthy.identity(7, 150_018, true, "/data/x", 300),
                Severity.WARNING,
                "round-trip",
                "b: A question takes 300 ms from here.");
        finds(
                pair -> pair.settingsOfB.put("max_connections", new Setting("50", "", false)),
                Severity.DANGER,
                "replica-limits",
                "b: max_connections is 50, and 100 on a.");
        finds(
                pair ->
                        pair.settingsOfB.put(
                                "idle_in_transaction_session_timeout",
                                new Setting("0", "ms", false)),
                Severity.HINT,
                "idle-in-transaction",
                "b: ");
    }

    @Test
    void whoIsDelayedOnPurposeIsBehindOnlyByMoreThanThat() {
        Healthy asMeant = new Healthy();
        asMeant.delayOfB = Optional.of(new Delay(3_600));
        asMeant.settingsOfB.put("recovery_min_apply_delay", new Setting("3600000", "ms", false));
        asMeant.replicationOfB = received(Duration.ofMinutes(60));
        asMeant.replicationOfA =
                Healthy.replication(
                        List.of(new Slot("shoestring_b", false, false, false, "reserved", 1_000)));
        assertThat(asMeant.examine().findings()).isEmpty();
        finds(
                pair -> {
                    pair.delayOfB = Optional.of(new Delay(3_600));
                    pair.replicationOfB = received(Duration.ofMinutes(70));
                },
                Severity.WARNING,
                "replay",
                "received and not replayed");
        finds(
                pair -> {
                    pair.delayOfB = Optional.of(new Delay(3_600));
                    pair.settingsOfB.put("hot_standby_feedback", new Setting("on", "", false));
                },
                Severity.WARNING,
                "delayed-feedback",
                "b: hot_standby_feedback is on");
    }

    private static ReplicationFacts received(Duration behind) {
        return new ReplicationFacts(
                List.of(),
                List.of(),
                Optional.of(new ReplicationFacts.Receiver(false, false, 1 << 30, behind, true)),
                Healthy.replication(List.of()).archiver());
    }

    @Test
    void machinesThatSortOrLackDifferentlyAreFound() {
        finds(
                pair -> {
                    pair.contentsOfA =
                            Healthy.contents(Map.of("libc", "2.36"), List.of(), List.of(), 0);
                    pair.contentsOfB =
                            Healthy.contents(Map.of("libc", "2.31"), List.of(), List.of(), 0);
                },
                Severity.DANGER,
                "collations-alike",
                "b: libc is of version 2.31, and 2.36 on a.");
        finds(
                pair ->
                        pair.contentsOfB =
                                new ContentFacts(
                                        List.of(), Map.of(), List.of(), Map.of(), Map.of(),
                                        List.of(), List.of(), List.of(), List.of()),
                Severity.DANGER,
                "extensions",
                "b: Its machine has no plpgsql.");
    }

    @Test
    void whatGrowsOldIsFound() {
        finds(
                pair ->
                        pair.contentsOfA =
                                Healthy.contents(Map.of(), List.of(), List.of(), 1_800_000_000L),
                Severity.DANGER,
                "transaction-age",
                "a: Database shop was frozen 1800 million transactions ago.");
        finds(
                pair ->
                        pair.contentsOfA =
                                Healthy.contents(
                                        Map.of(),
                                        List.of(
                                                new Transaction(
                                                        42,
                                                        "app",
                                                        "shop",
                                                        "idle in transaction",
                                                        Duration.ofHours(3))),
                                        List.of(),
                                        0),
                Severity.WARNING,
                "long-transactions",
                "a: app in shop has one open for 3 h (idle in transaction, process 42).");
        finds(
                pair ->
                        pair.contentsOfA =
                                Healthy.contents(
                                        Map.of(),
                                        List.of(),
                                        List.of(new Prepared("x'y", "shop", Duration.ofDays(9))),
                                        0),
                Severity.WARNING,
                "prepared-transactions",
                "a: 'x'y' in shop is 9 days old.");
        finds(
                pair ->
                        pair.replicationOfA =
                                Healthy.replication(
                                        List.of(
                                                new Slot(
                                                        "s",
                                                        false,
                                                        false,
                                                        true,
                                                        "unreserved",
                                                        5 * GIB))),
                Severity.WARNING,
                "slot-held",
                "a: Slot s holds 5.4 GB of log (unreserved).");
    }

    @Test
    void disksThatAreFullSlowOrSharedAreFound() {
        finds(
                pair -> pair.diskOfA = Healthy.disk(1000 * GIB, 30 * GIB, 1, 1, 1),
                Severity.DANGER,
                "disk-space",
                "a: 32.2 GB are free of 1.1 TB (3 %).");
        finds(
                pair -> pair.diskOfA = Healthy.disk(GIB, GIB / 2, 1, 1, 1),
                Severity.WARNING,
                "room-for-a-copy",
                "a: The data is 1.1 GB, and 536.9 MB are free.");
        finds(
                pair -> pair.diskOfA = Healthy.disk(10 * GIB, 4 * GIB, 1, 1, 1),
                Severity.WARNING,
                "wal-disk",
                "a: Up to 5.4 GB of log may be kept, and 4.3 GB are free.");
        finds(
                pair -> pair.diskOfA = Healthy.disk(10 * GIB, 9 * GIB, 1, 1, 25),
                Severity.HINT,
                "flush-latency",
                "a: A flush takes 25 ms, at worst 50 ms.");
        finds(
                pair -> pair.diskOfA = Healthy.disk(10 * GIB, 9 * GIB, 1, 2, 1),
                Severity.HINT,
                "log-disk",
                "a: pg_wal is on another file system.");
        finds(
                pair -> pair.diskOfB = Optional.of(Healthy.disk(10 * GIB, 9 * GIB, 1, 1, 1)),
                Severity.HINT,
                "same-disk",
                "b: Its data is on the same file system as that of a.");
    }

    @Test
    void aMachineThatIsShortOfSomethingIsFound() {
        finds(
                pair -> pair.kernelOfA = Healthy.kernel(GIB, 2, 65_536),
                Severity.WARNING,
                "swap",
                "a,b: 1.1 GB of memory are in the swap space.");
        finds(
                pair -> pair.kernelOfA = Healthy.kernel(0, 0, 65_536),
                Severity.HINT,
                "overcommit",
                "vm.overcommit_memory is 0.");
        finds(
                pair -> pair.kernelOfA = Healthy.kernel(0, 2, 256),
                Severity.WARNING,
                "server-files",
                "Each process may open 256 files.");
        finds(
                pair -> pair.settingsOfB.put("shared_buffers", new Setting("400000", "8kB", false)),
                Severity.WARNING,
                "memory",
                "b: shared_buffers is 3.3 GB of 4.3 GB.");
    }

    private static NodeFacts node(
            List<Certificate> certificates, long files, ClusterStatus status) {
        return new NodeFacts(
                NOW, List.of(), certificates, OptionalLong.of(files), Optional.of(status));
    }

    private static ClusterStatus status(boolean healthy, NodeStatus... nodes) {
        DatabaseStatus database =
                new DatabaseStatus(
                        "shop",
                        "availability",
                        1,
                        Optional.of("a"),
                        "a takes writes.",
                        "Nobody could take over.",
                        healthy,
                        false,
                        Optional.empty(),
                        List.of());
        return new ClusterStatus(
                "c",
                "n",
                "1",
                1,
                List.of(database),
                List.of(),
                List.of(),
                List.of(),
                List.of(nodes));
    }

    @Test
    void whatTheRunningNodeSaysCounts() {
        NodeStatus one = new NodeStatus("n", "10.0.0.1", true, true, "1", true, "Well.");
        NodeStatus other =
                new NodeStatus("m", "10.0.0.2", true, true, "2", false, "Its clock is off.");
        finds(
                pair -> pair.node = node(List.of(), 1 << 20, status(true, one, other)),
                Severity.WARNING,
                "node-versions",
                "the nodes: n runs 1, m runs 2.");
        finds(
                pair -> pair.node = node(List.of(), 1 << 20, status(true, one, other)),
                Severity.WARNING,
                "nodes",
                "m: Its clock is off.");
        finds(
                pair -> pair.node = node(List.of(), 1 << 20, status(false)),
                Severity.DANGER,
                "covered",
                "shop: a takes writes. Nobody could take over.");
        finds(
                pair -> pair.node = node(List.of(), 4096, status(true)),
                Severity.HINT,
                "node-files",
                "this machine: A process may open 4096 files.");
        Certificate old =
                new Certificate(
                        Path.of("node.pem"),
                        NOW.minus(Duration.ofDays(300)),
                        NOW.plus(Duration.ofDays(66)),
                        true);
        finds(
                pair -> pair.node = node(List.of(old), 1 << 20, status(true)),
                Severity.WARNING,
                "certificates",
                "node.pem ends at 2026-05-06");
    }

    @Test
    void rulesAreJudgedAsTheServerDoes() {
        HbaRule local = rule(1, "local", "all", "all", "", "", "trust");
        HbaRule reject = rule(2, "host", "all", "bad", "10.0.0.0", "255.0.0.0", "reject");
        HbaRule tls = rule(3, "hostssl", "shop", "all", "10.0.0.0", "255.255.255.0", "md5");
        HbaRule replication = rule(4, "host", "replication", "all", "all", "", "md5");
        HbaRule group = rule(5, "host", "all", "+admins", "192.168.0.0", "255.255.0.0", "md5");
        HbaRule six = rule(6, "host", "all", "all", "fd00::", "ffff::", "md5");
        List<HbaRule> rules = List.of(local, reject, tls, replication, group, six);
        assertThat(HbaRule.judge(rules, "shop", "bad", "10.1.1.1", false))
                .isEqualTo(new Verdict.Rejected(reject));
        assertThat(HbaRule.judge(rules, "shop", "me", "10.0.0.1", false))
                .isEqualTo(new Verdict.Unmentioned());
        assertThat(HbaRule.judge(rules, "shop", "me", "10.0.0.1", true))
                .isEqualTo(new Verdict.Allowed(tls));
        assertThat(HbaRule.judge(rules, "replication", "me", "8.8.8.8", false))
                .isEqualTo(new Verdict.Allowed(replication));
        assertThat(HbaRule.judge(rules, "shop", "me", "192.168.7.7", false))
                .isEqualTo(new Verdict.Unclear());
        assertThat(HbaRule.judge(rules, "shop", "me", "fd00::7", false))
                .isEqualTo(new Verdict.Allowed(six));
        assertThat(HbaRule.judge(rules, "shop", "me", "fe80::7", false))
                .isEqualTo(new Verdict.Unmentioned());
    }

    private static HbaRule rule(
            int line,
            String type,
            String database,
            String user,
            String address,
            String mask,
            String method) {
        return new HbaRule(line, type, List.of(database), List.of(user), address, mask, method, "");
    }
}
