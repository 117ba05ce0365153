package io.shoestring.proxy.mysql;

import io.shoestring.base.Clock;
import io.shoestring.config.Consistency;
import io.shoestring.config.MysqlListenerConfig;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PoolSizes;
import io.shoestring.config.ReplayConfig;
import io.shoestring.config.ServerTls;
import io.shoestring.config.TlsConfig;
import io.shoestring.database.mysql.CommitMarks;
import io.shoestring.database.mysql.RoleWatch;
import io.shoestring.database.mysql.StoredPasswords;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.network.EventLoops;
import io.shoestring.proxy.FreshnessBoard;
import io.shoestring.testing.MariaDb;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A listener in front of real servers, wired as the node does it. */
final class MysqlUnderTest implements AutoCloseable {
    private static final byte[] PASSWORD = "watch".getBytes(StandardCharsets.UTF_8);

    private final EventLoops loops = new EventLoops(2);
    private final MysqlListener listener;
    private final RoleWatch watch;

    MysqlUnderTest(MysqlListenerConfig.Reads reads, MariaDb... servers) throws Exception {
        this(reads, Duration.ofSeconds(20), Optional.empty(), servers);
    }

    MysqlUnderTest(
            MysqlListenerConfig.Reads reads,
            Duration hold,
            Optional<TlsConfig> tls,
            MariaDb... servers)
            throws Exception {
        this(reads, hold, tls, PoolConfig.session(), servers);
    }

    MysqlUnderTest(
            MysqlListenerConfig.Reads reads,
            Duration hold,
            Optional<TlsConfig> tls,
            PoolConfig pool,
            MariaDb... servers)
            throws Exception {
        this(reads, Consistency.SESSION, hold, tls, pool, servers);
    }

    MysqlUnderTest(
            MysqlListenerConfig.Reads reads,
            Consistency consistency,
            Duration hold,
            Optional<TlsConfig> tls,
            PoolConfig pool,
            MariaDb... servers)
            throws Exception {
        this(reads, consistency, hold, tls, Optional.empty(), pool, servers);
    }

    MysqlUnderTest(
            MysqlListenerConfig.Reads reads,
            Consistency consistency,
            Duration hold,
            Optional<TlsConfig> tls,
            Optional<ServerTls> serverTls,
            PoolConfig pool,
            MariaDb... servers)
            throws Exception {
        Clock clock = Clock.system();
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        for (int i = 0; i < servers.length; i++) {
            endpoints.put("db" + i, new Endpoint("127.0.0.1", servers[i].port()));
        }
        var board = new FreshnessBoard(clock);
        watch =
                new RoleWatch(
                        "sql",
                        endpoints,
                        "shoestring",
                        PASSWORD,
                        clock,
                        new RoleWatch.Freshness() {
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
                        });
        var passwords = new StoredPasswords(watch, "shoestring", PASSWORD, clock);
        listener =
                MysqlListener.open(
                        new MysqlListenerConfig(
                                "sql",
                                new Endpoint("127.0.0.1", 0),
                                Optional.empty(),
                                endpoints,
                                new MysqlListenerConfig.Account("shoestring", Path.of("/none")),
                                reads,
                                consistency,
                                Duration.ofSeconds(10),
                                hold,
                                new ReplayConfig(true, true, 64),
                                100,
                                pool,
                                tls,
                                serverTls,
                                Optional.of("app")),
                        loops,
                        clock,
                        new MysqlServers(
                                watch.topology(),
                                board,
                                (user, answer) ->
                                        Thread.ofVirtual()
                                                .start(() -> answer.accept(find(passwords, user))),
                                watch::greeting,
                                Optional.of(outcomes(clock)),
                                watch::close));
    }

    /** As the node does it for the members of a database. */
    private CommitOutcomeSource outcomes(Clock clock) {
        var marks = new CommitMarks(watch.topology(), "root", new byte[0], clock);
        return (mark, answer) ->
                Thread.ofVirtual()
                        .start(
                                () ->
                                        answer.accept(
                                                CommitOutcomeSource.Outcome.valueOf(
                                                        marks.find(
                                                                        new CommitMarks.Mark(
                                                                                mark.name(),
                                                                                mark.member(),
                                                                                mark.before(),
                                                                                mark.sentNanos()))
                                                                .name())));
    }

    /** Of so many connections for each user. */
    static PoolConfig pool(PoolConfig.Mode mode, int size) {
        return new PoolConfig(
                mode,
                PoolSizes.ofEach(size),
                Duration.ofSeconds(20),
                Duration.ofMinutes(1),
                Duration.ofMinutes(5),
                PoolConfig.AfterLoss.END);
    }

    private static PasswordSource.Answer find(StoredPasswords passwords, String user) {
        return switch (passwords.find(user)) {
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
        };
    }

    int port() {
        return listener.address().port();
    }

    MysqlListener listener() {
        return listener;
    }

    RoleWatch watch() {
        return watch;
    }

    /** A connection by MariaDB's driver. */
    Connection connect(String options) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:mariadb://127.0.0.1:" + port() + "/shop?" + options, "app", "secret");
    }

    @Override
    public void close() {
        listener.close();
        loops.close(Duration.ofSeconds(1));
    }
}
