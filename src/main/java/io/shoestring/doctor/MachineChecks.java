package io.shoestring.doctor;

import static io.shoestring.doctor.Severity.DANGER;
import static io.shoestring.doctor.Severity.HINT;
import static io.shoestring.doctor.Severity.WARNING;

import io.shoestring.doctor.facts.DatabaseFacts;
import io.shoestring.doctor.facts.DiskFacts;
import io.shoestring.doctor.facts.DiskFacts.Latency;
import io.shoestring.doctor.facts.IdentityFacts;
import io.shoestring.doctor.facts.ServerFacts;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** The machines that the servers run on: disks, memory, programs. */
final class MachineChecks {
    private static final Duration SLOW_FLUSH = Duration.ofMillis(20);
    private static final Duration STUCK_FLUSH = Duration.ofSeconds(1);

    /** Of a thousand files that PostgreSQL opens in a process by itself. */
    private static final long FEW_FILES = 1024;

    static final List<Check> ALL =
            List.of(
                    Check.database(
                            "disk-space",
                            "the disk has room",
                            "A database whose disk is full stops, and may not start again.",
                            eachDisk(MachineChecks::space)),
                    Check.database(
                            "room-for-a-copy",
                            "there is room to copy the primary's data beside",
                            "When a member cannot be rewound its old data is kept aside and the"
                                    + " primary's is copied beside it.",
                            MachineChecks::roomForCopy),
                    Check.database(
                            "flush-latency",
                            "the disk is quick to make a write durable",
                            "Each commit waits for it, on both machines; and a node renews its"
                                    + " right to lead every two seconds, on this disk.",
                            eachDisk(MachineChecks::flush)),
                    Check.database(
                            "log-disk",
                            "data and log are on one file system",
                            "A member that is kept aside is moved as one directory, its log with"
                                    + " it.",
                            eachDisk(
                                    (server, disk) ->
                                            when(
                                                    disk.device() != disk.logDevice(),
                                                    HINT,
                                                    server,
                                                    "pg_wal is on another file system.",
                                                    "know that a clone puts pg_wal into the data"
                                                            + " directory"))),
                    Check.database(
                            "data-permissions",
                            "nobody else may look into the data directory",
                            "PostgreSQL refuses to start with one that is open to others.",
                            eachDisk(
                                    (server, disk) ->
                                            when(
                                                    !disk.empty()
                                                            && !disk.permissions()
                                                                    .matches("rwx(r-x|---)---"),
                                                    DANGER,
                                                    server,
                                                    server.member().data()
                                                            + " is "
                                                            + disk.permissions()
                                                            + ".",
                                                    "chmod 700 " + server.member().data()))),
                    Check.database(
                            "programs",
                            "PostgreSQL's programs are all there",
                            "Without postgres and pg_ctl a member cannot be started; without"
                                    + " pg_rewind and pg_waldump a former primary is always copied"
                                    + " anew, and nobody counts what only it had.",
                            eachDisk(MachineChecks::programs)),
                    Check.database(
                            "program-versions",
                            "the programs are of the server's version",
                            "What the package has brought and what runs differ: the server has"
                                    + " not been restarted since an upgrade, or 'programs' names"
                                    + " another installation.",
                            eachDisk(MachineChecks::versions)),
                    Check.server(
                            "overcommit",
                            "the kernel does not kill PostgreSQL for memory",
                            "With vm.overcommit_memory 0 or 1 it promises memory that it does not"
                                    + " have, and then kills a process: all sessions are lost.",
                            p ->
                                    p.when(
                                            p.kernel().overcommit().orElse(2) != 2,
                                            HINT,
                                            "vm.overcommit_memory is "
                                                    + p.kernel().overcommit().orElse(2)
                                                    + ".",
                                            "sysctl -w vm.overcommit_memory=2 (with"
                                                    + " vm.overcommit_ratio to fit; on a machine"
                                                    + " of its own)")),
                    Check.server(
                            "swap",
                            "nothing of the memory is on a disk",
                            "A server or a node that waits for its memory looks dead to the"
                                    + " others.",
                            p ->
                                    p.when(
                                            p.kernel().swapUsedBytes().orElse(0) > 256L << 20,
                                            WARNING,
                                            Amounts.bytes(p.kernel().swapUsedBytes().orElse(0))
                                                    + " of memory are in the swap space.",
                                            "give the machine more memory, or sysctl -w"
                                                    + " vm.swappiness=1")),
                    Check.server(
                            "memory",
                            "shared_buffers leaves memory for the rest",
                            "What the server takes for itself is missing for its sessions and for"
                                    + " the node.",
                            MachineChecks::memory),
                    Check.server(
                            "server-files",
                            "the server may open enough files",
                            "PostgreSQL opens a thousand in each process; with fewer it closes and"
                                    + " opens them all the time, or fails.",
                            p ->
                                    p.when(
                                            p.kernel().openFiles().orElse(Long.MAX_VALUE)
                                                    < FEW_FILES,
                                            WARNING,
                                            "Each process may open "
                                                    + p.kernel().openFiles().orElse(0)
                                                    + " files.",
                                            "LimitNOFILE=65536 in the server's unit (systemctl"
                                                    + " edit postgresql@), then restart it")));

    private MachineChecks() {}

    private static Check.OfDatabase eachDisk(
            BiFunction<ServerFacts, DiskFacts, Stream<Symptom>> look) {
        return database ->
                database.servers().stream()
                        .flatMap(
                                server ->
                                        server.disk().stream()
                                                .flatMap(disk -> look.apply(server, disk)));
    }

    private static Stream<Symptom> when(
            boolean sick, Severity severity, ServerFacts server, String found, String mend) {
        return sick ? Stream.of(new Symptom(severity, server.name(), found, mend)) : Stream.empty();
    }

    private static Stream<Symptom> space(ServerFacts server, DiskFacts disk) {
        long percent = disk.freeBytes() * 100 / Math.max(1, disk.totalBytes());
        return when(
                percent < 10,
                percent < 4 ? DANGER : WARNING,
                server,
                "%s are free of %s (%d %%)."
                        .formatted(
                                Amounts.bytes(disk.freeBytes()),
                                Amounts.bytes(disk.totalBytes()),
                                percent),
                "make room on the file system of "
                        + server.member().data()
                        + " (look into what stands beside it: "
                        + server.member().data().getFileName()
                        + ".aside)");
    }

    private static Stream<Symptom> roomForCopy(DatabaseFacts database) {
        long bytes =
                database.primary()
                        .flatMap(ServerFacts::answers)
                        .map(answers -> answers.contents().bytes())
                        .orElse(0L);
        return eachDisk(
                        (server, disk) ->
                                when(
                                        disk.freeBytes() < bytes && database.servers().size() > 1,
                                        WARNING,
                                        server,
                                        "The data is %s, and %s are free."
                                                .formatted(
                                                        Amounts.bytes(bytes),
                                                        Amounts.bytes(disk.freeBytes())),
                                        "make room on the file system of "
                                                + server.member().data()))
                .of(database);
    }

    private static Stream<Symptom> flush(ServerFacts server, DiskFacts disk) {
        Optional<Latency> flush = disk.flush();
        boolean slow = flush.filter(it -> it.median().compareTo(SLOW_FLUSH) > 0).isPresent();
        boolean stuck = flush.filter(it -> it.worst().compareTo(STUCK_FLUSH) > 0).isPresent();
        return when(
                slow || stuck,
                stuck ? WARNING : HINT,
                server,
                "A flush takes %s, at worst %s."
                        .formatted(
                                flush.map(it -> Amounts.duration(it.median())).orElse(""),
                                flush.map(it -> Amounts.duration(it.worst())).orElse("")),
                "look at what else writes there (iostat -x 1); a disk with a cache that survives"
                        + " a power cut takes less than 1 ms");
    }

    private static Stream<Symptom> programs(ServerFacts server, DiskFacts disk) {
        if (disk.programs().isEmpty()) {
            return when(
                    true,
                    DANGER,
                    server,
                    "There are no programs of PostgreSQL for " + server.member().data() + ".",
                    "apt-get install postgresql, or name their directory as 'programs'");
        }
        List<String> missing =
                disk.versions().entrySet().stream()
                        .filter(entry -> entry.getValue().isEmpty())
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList();
        return when(
                !missing.isEmpty(),
                WARNING,
                server,
                "Missing in " + disk.programs().get() + ": " + String.join(", ", missing) + ".",
                "apt-get install postgresql (they are in the server's and the client's package)");
    }

    private static Stream<Symptom> versions(ServerFacts server, DiskFacts disk) {
        Optional<IdentityFacts> identity = server.answers().map(ServerFacts.Answers::identity);
        List<String> other =
                disk.versions().entrySet().stream()
                        .filter(entry -> !entry.getValue().isEmpty())
                        .filter(
                                entry ->
                                        identity.isPresent()
                                                && !entry.getValue()
                                                        .equals(identity.get().versionText()))
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .sorted()
                        .toList();
        return when(
                !other.isEmpty(),
                WARNING,
                server,
                "The server is %s; installed: %s."
                        .formatted(
                                identity.map(IdentityFacts::versionText).orElse(""),
                                String.join(", ", other)),
                "'shoestring restart', which restarts one server after the other; or correct"
                        + " 'programs'");
    }

    private static Stream<Symptom> memory(Patient p) {
        long buffers = p.settings().bytes("shared_buffers");
        long memory = p.kernel().memoryBytes().orElse(Long.MAX_VALUE);
        return p.when(
                buffers > memory / 2,
                WARNING,
                "shared_buffers is %s of %s."
                        .formatted(Amounts.bytes(buffers), Amounts.bytes(memory)),
                p.alterAndRestart("shared_buffers", memory / 4 / (1 << 20) + "MB"));
    }
}
