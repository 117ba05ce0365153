package io.shoestring.doctor;

import io.shoestring.config.DatabaseConfig;
import io.shoestring.doctor.facts.AccessFacts;
import io.shoestring.doctor.facts.ContentFacts;
import io.shoestring.doctor.facts.ContentFacts.DatabaseContent;
import io.shoestring.doctor.facts.DatabaseFacts;
import io.shoestring.doctor.facts.DiskFacts;
import io.shoestring.doctor.facts.Facts;
import io.shoestring.doctor.facts.HbaRule;
import io.shoestring.doctor.facts.IdentityFacts;
import io.shoestring.doctor.facts.KernelFacts;
import io.shoestring.doctor.facts.NodeFacts;
import io.shoestring.doctor.facts.ReplicationFacts;
import io.shoestring.doctor.facts.ServerFacts;
import io.shoestring.doctor.facts.ServerFacts.Answers;
import io.shoestring.doctor.facts.SettingFacts;
import io.shoestring.doctor.facts.SettingFacts.Setting;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.model.Protection;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Facts of a pair on two machines with which nothing is wrong, to be changed in one thing. */
final class Healthy {
    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    static final long GIB = 1L << 30;

    IdentityFacts identityOfA = identity(7, 150_018, false, "/data/postgresql.conf", 1);
    IdentityFacts identityOfB = identity(7, 150_018, true, "/data/postgresql.conf", 1);
    final Map<String, Setting> settingsOfB = settings();
    Optional<Delay> delayOfB = Optional.empty();
    ReplicationFacts replicationOfB = replication(List.of());
    ReplicationFacts replicationOfA = replication(List.of());
    ContentFacts contentsOfA = contents(Map.of(), List.of(), List.of(), 0);
    ContentFacts contentsOfB = contentsOfA;
    KernelFacts kernelOfA = kernel(0, 2, 65_536);
    DiskFacts diskOfA = disk(100 * GIB, 50 * GIB, 1, 1, 1);
    Optional<DiskFacts> diskOfB = Optional.empty();
    NodeFacts node =
            new NodeFacts(NOW, List.of(), List.of(), OptionalLong.of(1 << 20), Optional.empty());

    static IdentityFacts identity(
            long system, int version, boolean replica, String config, long tripMillis) {
        return new IdentityFacts(
                system,
                version,
                replica,
                Path.of("/data"),
                Path.of(config),
                true,
                true,
                new Endpoint("10.0.0.10", 5432),
                Optional.empty(),
                Duration.ofMillis(3),
                Duration.ofMillis(tripMillis));
    }

    static Map<String, Setting> settings() {
        Map<String, Setting> all = new HashMap<>();
        List.of("fsync", "full_page_writes", "autovacuum", "hot_standby", "wal_log_hints", "ssl")
                .forEach(name -> all.put(name, new Setting("on", "", false)));
        all.put("wal_level", new Setting("replica", "", false));
        all.put("synchronous_commit", new Setting("on", "", false));
        all.put("password_encryption", new Setting("scram-sha-256", "", false));
        all.put("max_wal_senders", new Setting("10", "", false));
        all.put("max_replication_slots", new Setting("10", "", false));
        all.put("max_connections", new Setting("100", "", false));
        all.put("max_slot_wal_keep_size", new Setting("4096", "MB", false));
        all.put("max_wal_size", new Setting("1024", "MB", false));
        all.put("shared_buffers", new Setting("16384", "8kB", false));
        all.put("wal_sender_timeout", new Setting("6000", "ms", false));
        all.put("wal_receiver_timeout", new Setting("6000", "ms", false));
        all.put("max_standby_streaming_delay", new Setting("30000", "ms", false));
        all.put("idle_in_transaction_session_timeout", new Setting("600000", "ms", false));
        return all;
    }

    static ReplicationFacts replication(List<ReplicationFacts.Slot> slots) {
        return new ReplicationFacts(
                slots, List.of(), Optional.empty(), new ReplicationFacts.Archiver(false, 0, ""));
    }

    static ContentFacts contents(
            Map<String, String> collations,
            List<ContentFacts.Transaction> transactions,
            List<ContentFacts.Prepared> prepared,
            long age) {
        return new ContentFacts(
                List.of(new DatabaseContent("shop", age, 1, GIB)),
                collations,
                List.of(),
                Map.of("plpgsql", "1.0"),
                Map.of("shop/plpgsql", "1.0"),
                List.of(),
                List.of(),
                transactions,
                prepared);
    }

    static KernelFacts kernel(long swapUsed, long overcommit, long files) {
        return new KernelFacts(
                OptionalLong.of(4 * GIB),
                OptionalLong.of(GIB),
                OptionalLong.of(swapUsed),
                OptionalLong.of(overcommit),
                OptionalLong.of(10),
                OptionalLong.of(files));
    }

    static DiskFacts disk(long total, long free, long device, long logDevice, long flushMillis) {
        Duration flush = Duration.ofMillis(flushMillis);
        return new DiskFacts(
                false,
                total,
                free,
                device,
                logDevice,
                "rwx------",
                Optional.of(new DiskFacts.Latency(flush, flush.multipliedBy(2))),
                Optional.of(Path.of("/usr/bin")),
                Path.of("/data/postgresql.conf"),
                false,
                Map.of("pg_rewind", "15.18"));
    }

    /** A disk with everything else in order. */
    static DiskFacts disk(String settings, boolean startedAtBoot) {
        DiskFacts disk = disk(100 * GIB, 50 * GIB, 2, 2, 1);
        return new DiskFacts(
                disk.empty(),
                disk.totalBytes(),
                disk.freeBytes(),
                disk.device(),
                disk.logDevice(),
                disk.permissions(),
                disk.flush(),
                disk.programs(),
                Path.of(settings),
                startedAtBoot,
                disk.versions());
    }

    Report examine() {
        return Doctor.examine(facts());
    }

    private Facts facts() {
        DatabaseConfig.Member a = member("a");
        DatabaseConfig.Member b = delayed(member("b"));
        Map<MemberName, DatabaseConfig.Member> members = new LinkedHashMap<>();
        members.put(a.name(), a);
        members.put(b.name(), b);
        DatabaseConfig config =
                new DatabaseConfig(
                        new DatabaseName("shop"),
                        DatabaseConfig.Engine.POSTGRESQL,
                        Protection.AVAILABILITY,
                        Optional.empty(),
                        OptionalInt.empty(),
                        new DatabaseConfig.Superuser("postgres", Path.of("/secret")),
                        members);
        return new Facts(
                List.of(
                        new DatabaseFacts(
                                config,
                                List.of(
                                        server(
                                                a,
                                                identityOfA,
                                                settings(),
                                                replicationOfA,
                                                contentsOfA,
                                                Optional.of(diskOfA)),
                                        server(
                                                b,
                                                identityOfB,
                                                settingsOfB,
                                                replicationOfB,
                                                contentsOfB,
                                                diskOfB)))),
                List.of(),
                node,
                List.of());
    }

    private DatabaseConfig.Member delayed(DatabaseConfig.Member member) {
        return new DatabaseConfig.Member(
                member.name(),
                member.node(),
                member.data(),
                member.configFile(),
                member.port(),
                delayOfB.isPresent() ? 0 : 1,
                delayOfB,
                Optional.empty());
    }

    private static DatabaseConfig.Member member(String name) {
        return new DatabaseConfig.Member(
                new MemberName(name), new NodeName("on-" + name), Path.of("/data"), 5432, 1);
    }

    private ServerFacts server(
            DatabaseConfig.Member member,
            IdentityFacts identity,
            Map<String, Setting> settings,
            ReplicationFacts replication,
            ContentFacts contents,
            Optional<DiskFacts> disk) {
        HbaRule everybody =
                new HbaRule(
                        1,
                        "host",
                        List.of("all", "replication"),
                        List.of("all"),
                        "10.0.0.0",
                        "255.255.255.0",
                        "scram-sha-256",
                        "");
        return new ServerFacts(
                member,
                "10.0.0.10",
                Optional.of(
                        new Answers(
                                identity,
                                new SettingFacts(settings, List.of(), List.of(), List.of()),
                                new AccessFacts(List.of(everybody), List.of()),
                                replication,
                                contents,
                                kernelOfA)),
                Optional.empty(),
                disk);
    }
}
