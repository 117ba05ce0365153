package io.shoestring.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.database.DatabaseException;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** New replicas of real servers, while these are written to. */
@Timeout(180)
class MariaDbCopyTest {
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");
    private static final MemberName C = new MemberName("c");
    private static final String WHY = "test";
    private static final UnaryOperator<BackupSource> STRAIGHT = UnaryOperator.identity();

    @TempDir private Path directory;

    @Test
    void replicasAreCopiedHotFromAReplicaIfThereIsOneWhileThePrimaryIsWrittenTo() throws Exception {
        try (var cluster = begun(OptionalInt.of(30), STRAIGHT, "a", "b", "c");
                var writer = new Writer(cluster)) {
            var copied =
                    CompletableFuture.supplyAsync(
                            () -> cluster.member("b").perform(follow(cluster, B)),
                            Thread::startVirtualThread);
            cluster.await(
                    "b",
                    state ->
                            state instanceof MemberState.Starting it
                                    && it.toString()
                                            .matches(".*copied from a: .*MB of about .*%.*"));
            assertThat(copied.get(60, TimeUnit.SECONDS).sentence())
                    .contains("was copied from a, by mariadb-backup of a, and follows it");
            assertThat(cluster.done(follow(cluster, C)))
                    .contains("was copied from a, by mariadb-backup of b, and follows it");
            int written = writer.end();
            assertThat(written).isPositive();
            for (String each : List.of("b", "c")) {
                cluster.await(each, _ -> count(cluster, each) == written);
                assertThat(cluster.value(each, "SELECT shop.twice(21)")).isEqualTo("42");
                assertThat(cluster.value(each, "SELECT count(*) FROM shop.much")).isEqualTo("9000");
            }
            assertThat(cluster.data("b").resolve("xtrabackup_info")).doesNotExist();
            assertThat(cluster.data("a").resolveSibling("b.cloning")).doesNotExist();
            // A replica that was copied can be what others follow.
            cluster.kill("a");
            cluster.done(new Action.Promote(B, 2, WHY));
            assertThat(cluster.done(new Action.Follow(C, cluster.spec("b"), 2, WHY)))
                    .isEqualTo("Member c follows b.");
        }
    }

    @Test
    void answersThatGetLostLoseNothing() throws Exception {
        try (var cluster = begun(OptionalInt.empty(), Lossy::new, "a", "b")) {
            assertThat(cluster.done(follow(cluster, B))).contains("by mariadb-backup of a");
            assertThat(cluster.value("b", "SELECT count(*) FROM shop.much")).isEqualTo("9000");
            assertThat(cluster.value("b", "CHECK TABLE shop.much")).contains("shop.much");
        }
    }

    @Test
    void aPrimaryThatDiesWhileItIsCopiedIsSeenAsStoppedAtOnce() throws Exception {
        try (var cluster = begun(OptionalInt.of(1), STRAIGHT, "a", "b")) {
            var copied =
                    CompletableFuture.supplyAsync(
                            () -> cluster.member("b").perform(follow(cluster, B)),
                            Thread::startVirtualThread);
            cluster.await("b", state -> state instanceof MemberState.Starting);
            cluster.kill("a");
            assertThat(cluster.state("a")).isInstanceOf(MemberState.Stopped.class);
            assertThat(copied.get(60, TimeUnit.SECONDS).sentence())
                    .contains("Member b cannot be copied: The copy was given up at its source");
            cluster.await("b", state -> state instanceof MemberState.Empty);
            cluster.done(new Action.StartPrimary(A, 2, Set.of(), WHY));
            assertThat(cluster.value("a", "SELECT count(*) FROM shop.much")).isEqualTo("9000");
        }
    }

    @Test
    void whoKeepsAPartOfItsDataInAnotherPlaceGetsADump() throws Exception {
        try (var cluster = begun(OptionalInt.empty(), STRAIGHT, "a", "b")) {
            Path place = Files.createDirectory(cluster.data("b").resolveSibling("b.undo"));
            Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxrwxrwx"));
            Files.writeString(
                    cluster.settings("b"),
                    "innodb-undo-directory = " + place + "\n",
                    StandardOpenOption.APPEND);
            assertThat(cluster.done(follow(cluster, B)))
                    .contains("by mariadb-dump of a")
                    .contains("innodb_undo_directory");
            assertThat(cluster.value("b", "SELECT count(*) FROM shop.much")).isEqualTo("9000");
        }
    }

    @Test
    void withoutTheProgramItIsADumpWhichSaysWhatIsMissing() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String each :
                List.of(
                        "/usr/sbin/mariadbd",
                        "/usr/bin/mariadb-install-db",
                        "/usr/bin/my_print_defaults",
                        "/usr/bin/mariadb-dump",
                        "/usr/bin/mariadb-binlog",
                        "/usr/bin/mariadb")) {
            Path program = Path.of(each);
            Files.createSymbolicLink(directory.resolve(program.getFileName()), program);
        }
        try (var cluster =
                new MariaDbCluster(
                        OptionalInt.empty(), Optional.of(directory), STRAIGHT, "a", "b")) {
            cluster.done(new Action.StartPrimary(A, 1, Set.of(), WHY));
            assertThat(cluster.done(follow(cluster, B)))
                    .contains("by mariadb-dump of a (mariadb-backup is not there")
                    .contains("apt-get install mariadb-backup");
            cluster.await("b", state -> state instanceof MemberState.Replica it && it.streaming());
        }
    }

    @Test
    void roomIsLookedForBefore() {
        assertThat(CopyTarget.lack(1_000_000_000, 2_000_000_000)).isEmpty();
        assertThat(CopyTarget.lack(2_000_000_000, 2_000_000_000))
                .hasValueSatisfying(
                        lack -> assertThat(lack).contains("2.2 GB").contains("2.0 GB free"));
    }

    @Test
    void aRateIsKeptOverAllThatWasCopied() {
        var bounded = new HotCopy.Throttle(OptionalInt.of(10), 1_000);
        assertThat(bounded.pauseNanos(20L << 20, 500_001_000)).isEqualTo(1_500_000_000);
        assertThat(bounded.pauseNanos(20L << 20, 3_000_000_000L)).isZero();
        assertThat(new HotCopy.Throttle(OptionalInt.empty(), 0).pauseNanos(1 << 30, 1)).isZero();
    }

    private static Action.Follow follow(MariaDbCluster cluster, MemberName member) {
        return new Action.Follow(member, cluster.spec("a"), 1, WHY);
    }

    private static MariaDbCluster begun(
            OptionalInt rate, UnaryOperator<BackupSource> way, String... names) throws Exception {
        var cluster = new MariaDbCluster(rate, Optional.empty(), way, names);
        try {
            cluster.done(new Action.StartPrimary(A, 1, Set.of(), WHY));
            cluster.run(
                    "a",
                    "CREATE DATABASE shop",
                    "USE shop",
                    "CREATE TABLE shop.t (i INT PRIMARY KEY)",
                    "CREATE TABLE shop.much (i INT PRIMARY KEY, t TEXT)",
                    "INSERT INTO shop.much SELECT seq, repeat('x', 1000) FROM seq_1_to_9000",
                    "CREATE FUNCTION shop.twice(n INT) RETURNS INT DETERMINISTIC RETURN 2 * n");
            return cluster;
        } catch (Exception | AssertionError e) {
            cluster.close();
            throw e;
        }
    }

    private static int count(MariaDbCluster cluster, String member) {
        try {
            return Integer.parseInt(cluster.value(member, "SELECT count(*) FROM shop.t"));
        } catch (SQLException e) {
            return -1;
        }
    }

    /** Adds rows to the primary all the time. */
    private static final class Writer implements AutoCloseable {
        private final AtomicBoolean going = new AtomicBoolean(true);
        private final CompletableFuture<Integer> written;

        Writer(MariaDbCluster cluster) {
            written =
                    CompletableFuture.supplyAsync(() -> write(cluster), Thread::startVirtualThread);
        }

        private int write(MariaDbCluster cluster) {
            int next = 0;
            try (Connection connection = cluster.connect("a");
                    Statement statement = connection.createStatement()) {
                while (going.get()) {
                    statement.execute("INSERT INTO shop.t VALUES (" + next + ")");
                    next++;
                    Thread.sleep(1);
                }
                return next;
            } catch (SQLException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        int end() throws Exception {
            going.set(false);
            return written.get(10, TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            going.set(false);
        }
    }

    /** A way on which each third answer does not arrive. */
    private record Lossy(BackupSource source, AtomicInteger answers) implements BackupSource {
        Lossy(BackupSource source) {
            this(source, new AtomicInteger());
        }

        @Override
        public Offer offer() throws IOException, InterruptedException {
            return source.offer();
        }

        @Override
        public long begin() throws IOException, InterruptedException, DatabaseException {
            return source.begin();
        }

        @Override
        public Piece read(long stream, long piece)
                throws IOException, InterruptedException, DatabaseException {
            Piece read = source.read(stream, piece);
            if (answers.incrementAndGet() % 30 == 3) {
                throw new IOException("lost");
            }
            return read;
        }

        @Override
        public void end(long stream) throws IOException, InterruptedException {
            source.end(stream);
        }
    }
}
