package io.shoestring.proxy.mysql;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.config.Consistency;
import io.shoestring.config.MysqlListenerConfig;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.ReplayConfig;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.ListenerStatus;
import io.shoestring.model.MemberSpec;
import io.shoestring.network.EventLoops;
import io.shoestring.protocol.mysql.NativePassword;
import io.shoestring.proxy.FreshnessBoard;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A listener in front of scripted servers; it is told who is what, and that replicas are fresh. */
final class ScriptedListener implements AutoCloseable {
    private final EventLoops loops = new EventLoops(1);
    private final MysqlListener listener;

    ScriptedListener(ScriptedServer primary, ScriptedServer... replicas) throws Exception {
        Clock clock = Clock.system();
        var board = new FreshnessBoard(clock);
        List<MemberSpec> others =
                Arrays.stream(replicas).map(each -> each.member("replica")).toList();
        long later = clock.nanos() + Duration.ofHours(100).toNanos();
        others.forEach(each -> board.applied(each.name(), later));
        var topology =
                new Published<>(
                        new DatabaseTopology(
                                new DatabaseName("sql"),
                                1,
                                Optional.of(primary.member("primary")),
                                false,
                                later,
                                others,
                                "The test says so."));
        listener =
                MysqlListener.open(
                        new MysqlListenerConfig(
                                "sql",
                                new Endpoint("127.0.0.1", 0),
                                Optional.empty(),
                                Map.of(),
                                new MysqlListenerConfig.Account("shoestring", Path.of("/none")),
                                MysqlListenerConfig.Reads.REPLICAS,
                                Consistency.SESSION,
                                Duration.ofSeconds(10),
                                Duration.ofMillis(100),
                                new ReplayConfig(true, true, 64),
                                100,
                                PoolConfig.session(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()),
                        loops,
                        clock,
                        new MysqlServers(
                                topology,
                                board,
                                (_, answer) -> answer.accept(secret()),
                                () -> Optional.of(ScriptedServer.greets()),
                                Optional.of(
                                        (_, answer) ->
                                                answer.accept(CommitOutcomeSource.Outcome.ABSENT)),
                                () -> {}));
    }

    private static PasswordSource.Answer secret() {
        byte[] key = NativePassword.key("secret".getBytes(StandardCharsets.UTF_8));
        String stored = "*" + HexFormat.of().withUpperCase().formatHex(sha1(key));
        return new PasswordSource.Answer.Found(
                List.of(new PasswordSource.Stored(NativePassword.METHOD, stored)));
    }

    private static byte[] sha1(byte[] of) {
        try {
            return java.security.MessageDigest.getInstance("SHA-1").digest(of);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    int port() {
        return listener.address().port();
    }

    ListenerStatus status() {
        return listener.status();
    }

    @Override
    public void close() {
        listener.close();
        loops.close(Duration.ofSeconds(1));
    }
}
