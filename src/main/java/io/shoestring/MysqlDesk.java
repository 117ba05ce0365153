package io.shoestring;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.config.MysqlListenerConfig;
import io.shoestring.database.mysql.CommitMarks;
import io.shoestring.database.mysql.RoleWatch;
import io.shoestring.database.mysql.StoredPasswords;
import io.shoestring.model.MemberName;
import io.shoestring.model.Topology;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.proxy.mysql.CommitMark;
import io.shoestring.proxy.mysql.CommitOutcomeSource;
import io.shoestring.proxy.mysql.MysqlServers;
import io.shoestring.proxy.mysql.PasswordSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What a MySQL listener knows of its servers: here it comes from asking them. */
final class MysqlDesk {
    private static final long FIRST_WORD_SECONDS_MAX = 5;

    private MysqlDesk() {}

    /**
     * Begins to ask the servers.
     *
     * @throws IOException if the password cannot be read; the message says why
     */
    static MysqlServers open(MysqlListenerConfig config, Published<Topology> topology, Clock clock)
            throws IOException {
        byte[] password = password(config);
        var freshness = new FreshnessBoard(clock);
        var part = config.database().map(database -> new DatabasePart(topology, database));
        var watch = watch(config, password, clock, freshness, part);
        var passwords = new StoredPasswords(watch, config.account().user(), password, clock);
        return new MysqlServers(
                watch.topology(),
                freshness,
                (user, answer) ->
                        Thread.ofVirtual()
                                .name("mysql-password")
                                .start(() -> find(passwords, user, answer)),
                watch::greeting,
                part.map(
                        each ->
                                outcomes(
                                        new CommitMarks(
                                                each.published(),
                                                config.account().user(),
                                                password,
                                                clock))),
                () -> {
                    watch.close();
                    part.ifPresent(DatabasePart::close);
                });
    }

    /** The members of a database have their parts by decision; other servers are asked for them. */
    private static RoleWatch watch(
            MysqlListenerConfig config,
            byte[] password,
            Clock clock,
            FreshnessBoard freshness,
            Optional<DatabasePart> part) {
        return part.map(
                        each ->
                                RoleWatch.of(
                                        config.name(),
                                        config.servers(),
                                        config.account().user(),
                                        password,
                                        clock,
                                        listener(freshness),
                                        each.published()))
                .orElseGet(
                        () ->
                                new RoleWatch(
                                        config.name(),
                                        config.servers(),
                                        config.account().user(),
                                        password,
                                        clock,
                                        listener(freshness)));
    }

    /**
     * The servers of another configuration of a listener, once it is known which part they have;
     * empty: they stay the same.
     *
     * @throws IOException if the password cannot be read
     */
    static Optional<MysqlServers> others(
            MysqlListenerConfig before,
            MysqlListenerConfig next,
            Published<Topology> topology,
            Clock clock)
            throws IOException {
        if (before.servers().equals(next.servers())
                && before.account().equals(next.account())
                && before.database().equals(next.database())) {
            return Optional.empty();
        }
        MysqlServers servers = open(next, topology, clock);
        var known = new CountDownLatch(1);
        try (var _ = servers.topology().subscribe(_ -> known.countDown())) {
            if (servers.topology().get().epoch() == 0) {
                boolean inTime = known.await(FIRST_WORD_SECONDS_MAX, TimeUnit.SECONDS);
                if (!inTime) {
                    servers.end().run();
                    throw new IOException(
                            "listeners.%s: its servers do not answer within %d s"
                                    .formatted(next.name(), FIRST_WORD_SECONDS_MAX));
                }
            }
            return Optional.of(servers);
        } catch (InterruptedException e) {
            servers.end().run();
            throw new IOException("interrupted", e);
        }
    }

    /** Only of a database: elsewhere nobody keeps a lost primary from coming back as it was. */
    private static CommitOutcomeSource outcomes(CommitMarks marks) {
        return (mark, answer) ->
                Thread.ofVirtual()
                        .name("commit-outcome")
                        .start(() -> answer.accept(outcomeOf(marks, mark)));
    }

    private static CommitOutcomeSource.Outcome outcomeOf(CommitMarks marks, CommitMark mark) {
        var wanted =
                new CommitMarks.Mark(mark.name(), mark.member(), mark.before(), mark.sentNanos());
        return switch (marks.find(wanted)) {
            case COMMITTED -> CommitOutcomeSource.Outcome.COMMITTED;
            case ABSENT -> CommitOutcomeSource.Outcome.ABSENT;
            case UNKNOWN -> CommitOutcomeSource.Outcome.UNKNOWN;
            case UNAVAILABLE -> CommitOutcomeSource.Outcome.UNAVAILABLE;
        };
    }

    private static byte[] password(MysqlListenerConfig config) throws IOException {
        var file = config.account().passwordFile();
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            return (lines.isEmpty() ? "" : lines.getFirst()).getBytes(StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    "listeners.%s.account.password-file: there is no file %s"
                            .formatted(config.name(), file),
                    e);
        } catch (IOException e) {
            throw new IOException(
                    "listeners.%s.account.password-file: %s cannot be read: %s"
                            .formatted(config.name(), file, e.getMessage()),
                    e);
        }
    }

    private static RoleWatch.Freshness listener(FreshnessBoard board) {
        return new RoleWatch.Freshness() {
            @Override
            public void applied(MemberName replica, long instantNanos) {
                board.applied(replica, instantNanos);
            }

            @Override
            public void forgotten(MemberName replica) {
                board.forgotten(replica);
            }

            @Override
            public boolean wanted() {
                return board.wanted();
            }
        };
    }

    private static void find(
            StoredPasswords passwords, String user, Consumer<PasswordSource.Answer> answer) {
        answer.accept(
                switch (passwords.find(user)) {
                    case StoredPasswords.Answer.Found(List<StoredPasswords.Stored> rows) ->
                            new PasswordSource.Answer.Found(
                                    rows.stream()
                                            .map(
                                                    row ->
                                                            new PasswordSource.Stored(
                                                                    row.method(), row.stored()))
                                            .toList());
                    case StoredPasswords.Answer.Unavailable(String sentence) ->
                            new PasswordSource.Answer.Unavailable(sentence);
                });
    }
}
