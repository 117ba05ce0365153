package io.shoestring.proxy.postgresql;

import io.shoestring.config.AccessConfig;
import io.shoestring.config.DatabaseRoute;
import io.shoestring.config.IpNetwork;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.config.PostgresTls;
import io.shoestring.config.ReadsConfig;
import io.shoestring.config.ReplayConfig;
import io.shoestring.config.ServerTls;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The configuration of a listener in a test: what a test does not say is as usual. */
final class TrialListener {
    private Optional<PostgresTls> tls = Optional.empty();
    private Optional<ServerTls> serverTls = Optional.empty();
    private List<DatabaseRoute> routes = List.of();
    private ReadsConfig reads = ReadsConfig.from(Reads.PRIMARY);
    private AccessConfig access = AccessConfig.by(Authentication.PASSWORD);
    private List<IpNetwork> proxies = List.of();
    private Duration hold = Duration.ofSeconds(30);
    private ReplayConfig replay = ProxyUnderTest.REPLAY;
    private int maxConnections = 1_000;
    private OptionalInt maxConnectionsOfUser = OptionalInt.empty();
    private PoolConfig pool = ProxyUnderTest.NO_POOL;

    TrialListener tls(PostgresTls value) {
        tls = Optional.of(value);
        return this;
    }

    TrialListener serverTls(ServerTls value) {
        serverTls = Optional.of(value);
        return this;
    }

    TrialListener routes(DatabaseRoute... value) {
        routes = List.of(value);
        return this;
    }

    TrialListener reads(Reads value) {
        return reads(ReadsConfig.from(value));
    }

    TrialListener reads(ReadsConfig value) {
        reads = value;
        return this;
    }

    TrialListener authentication(Authentication value) {
        return access(AccessConfig.by(value));
    }

    TrialListener access(AccessConfig value) {
        access = value;
        return this;
    }

    /** Connections from here begin with a header of the PROXY protocol. */
    TrialListener proxiesHere() {
        proxies = List.of(IpNetwork.of(InetAddress.getLoopbackAddress(), 32));
        return this;
    }

    TrialListener hold(Duration value) {
        hold = value;
        return this;
    }

    TrialListener replay(ReplayConfig value) {
        replay = value;
        return this;
    }

    TrialListener maxConnections(int value) {
        maxConnections = value;
        return this;
    }

    TrialListener maxConnectionsOfUser(int value) {
        maxConnectionsOfUser = OptionalInt.of(value);
        return this;
    }

    TrialListener pool(PoolConfig value) {
        pool = value;
        return this;
    }

    PostgresListenerConfig config(DatabaseName database) {
        return new PostgresListenerConfig(
                "sql",
                new Endpoint("127.0.0.1", 0),
                tls,
                database,
                serverTls,
                routes,
                reads,
                access,
                proxies,
                hold,
                replay,
                maxConnections,
                maxConnectionsOfUser,
                pool,
                ProxyUnderTest.CONSOLE_ROLE);
    }
}
