package io.shoestring.config;

import static io.shoestring.config.Configs.smallestWith;
import static io.shoestring.config.Configs.sound;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.AdminConfig.Role;
import io.shoestring.config.AdminConfig.User;
import io.shoestring.config.CheckConfig.StatusCodes.Range;
import io.shoestring.config.DatabaseConfig.Member;
import io.shoestring.config.DatabaseConfig.Superuser;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Follows;
import io.shoestring.model.IpPrefix;
import io.shoestring.model.LossLimit;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.model.Protection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

@Timeout(10)
class ConfigMappingTest {
    private static final String HASH =
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA"
                    + "$2pmJpBl4yZbfWsVAY2bvzVnQnXzYzTwSFUq7fhXcJOc";
    private static final String DIGEST =
            "8b1a9953c4611296a827abf8c47804d7e6c49c6b97a6a0c9c2f4b8f1d4a2f6e3";

    private static final ReplayConfig DEFAULT_REPLAY = new ReplayConfig(true, true, 64);

    private static final PoolConfig NO_POOL =
            new PoolConfig(
                    PoolConfig.Mode.SESSION,
                    PoolSizes.ofEach(20),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(10),
                    Duration.ofMinutes(60),
                    PoolConfig.AfterLoss.END);

    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final NodeName LOCAL = new NodeName("local");
    private static final MemberName A = new MemberName("a");

    @Test
    void everyOptionHasItsDefault() {
        assertThat(sound(Configs.SMALLEST))
                .isEqualTo(
                        new ShoestringConfig(
                                new ClusterConfig(
                                        "shop",
                                        Map.of(LOCAL, "127.0.0.1"),
                                        6490,
                                        6491,
                                        Path.of("/var/lib/shoestring"),
                                        Optional.empty(),
                                        Optional.empty()),
                                ConsensusConfig.onThisNode(),
                                Map.of(
                                        SHOP,
                                        new DatabaseConfig(
                                                SHOP,
                                                DatabaseConfig.Engine.POSTGRESQL,
                                                Protection.AVAILABILITY,
                                                Optional.empty(),
                                                OptionalInt.empty(),
                                                new Superuser(
                                                        "postgres",
                                                        Path.of("/etc/shoestring/shop.password")),
                                                Map.of(
                                                        A,
                                                        new Member(
                                                                A,
                                                                LOCAL,
                                                                Path.of("/data/a"),
                                                                5433,
                                                                1)))),
                                Map.of(
                                        "sql",
                                        new PostgresListenerConfig(
                                                "sql",
                                                new Endpoint("127.0.0.1", 6432),
                                                Optional.empty(),
                                                SHOP,
                                                Optional.empty(),
                                                List.of(),
                                                ReadsConfig.from(Reads.PRIMARY),
                                                AccessConfig.by(Authentication.PASSWORD),
                                                List.of(),
                                                Duration.ofSeconds(30),
                                                DEFAULT_REPLAY,
                                                1000,
                                                OptionalInt.empty(),
                                                NO_POOL,
                                                Optional.empty())),
                                Map.of(),
                                List.of(),
                                new AdminConfig(
                                        new Endpoint("127.0.0.1", 6480),
                                        Path.of("/var/lib/shoestring/admin.token")),
                                Optional.empty()));
    }

    @Test
    void certificatesThatTheClusterGetsItselfAreMapped() {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                acme: { agree-to-terms: yes%s }
                listeners:
                  web:
                    bind: 127.0.0.1:443
                    protocol: http
                    tls: { acme: [Shop.Example.com, www.shop.example.com] }
                    redirects: [{ to: "https://{host}{target}" }]
                """;
        ShoestringConfig usual = sound(text.formatted(""));
        assertThat(usual.acme())
                .contains(
                        new AcmeConfig(
                                URI.create("https://acme-v02.api.letsencrypt.org/directory"),
                                Optional.empty(),
                                Optional.empty()));
        ListenerConfig web = usual.listeners().values().iterator().next();
        assertThat(((HttpListenerConfig) web).tls())
                .contains(
                        new TlsConfig(
                                List.of(),
                                List.of("shop.example.com", "www.shop.example.com"),
                                TlsConfig.Version.TLS_1_2,
                                Optional.empty()));
        String more = ", directory: https://ca.internal:9000/acme, email: a@b.c, ca-file: /ca.pem";
        assertThat(sound(text.formatted(more)).acme())
                .contains(
                        new AcmeConfig(
                                URI.create("https://ca.internal:9000/acme"),
                                Optional.of("a@b.c"),
                                Optional.of(Path.of("/ca.pem"))));
    }

    @Test
    void everyOptionIsMapped() {
        ShoestringConfig config =
                sound(
                        """
                        cluster:
                          name: everything
                          nodes: { one: 10.0.0.1, two: "fd00::2" }
                          port: 7000
                          consensus-port: 7002
                          directory: /srv/state
                          watchdog: /dev/watchdog
                          fence:
                            command: [ /etc/shoestring/fence, "{node}", "off" ]
                            timeout: 45s
                        consensus:
                          etcd: [ "http://10.0.0.3:2379", "https://[fd00::3]:2379" ]
                          user: keeper
                          password-file: /run/etcd
                          ca-file: /run/ca
                          certificate-file: pki/node
                          key-file: /run/key
                        databases:
                          stock:
                            engine: postgresql
                            protection: performance
                            topology: one-way
                            loss-limit: { megabytes: 64, time: 20s }
                            programs: /opt/postgresql/bin
                            clone-rate: 40
                            superuser: { name: boss, password-file: /run/secret }
                            members:
                              a: { node: two, data: /srv/a, port: 5555, priority: 7 }
                              b: { node: two, data: /srv/b, port: 5556, delay: 90m, upstream: a }
                        listeners:
                          reports:
                            bind: "[::1]:7000"
                            protocol: postgresql
                            database: stock
                            reads: replicas
                            authentication: trust
                            hold: 500ms
                            max-connections: 12
                          cache:
                            bind: 127.0.0.1:7002
                            protocol: tcp
                            backend: cache
                            client-timeout: 7s
                            from: [10.0.0.0/8]
                            not-from: [10.9.0.0/16]
                            per-source: { max-connections: 3, connections: 7, per: 2s, shared: yes }
                            max-connections: 13
                            access-log: { file: cache.log, format: json, syslog: { to: 10.0.0.9:514, facility: local7, header: rfc5424 } }
                        backends:
                          cache:
                            balance: least-connections
                            check:
                              http: GET /health
                              host: a.example.com
                              status: "200-299, 404"
                              header: "X-Ready: yes"
                              body: fine
                              port: 81
                              every: 7s
                              fast: 8s
                              timeout: 9s
                              rise: 10
                              fall: 11
                              traffic: connections
                              shared: yes
                            agent: { port: 9707, every: 12s }
                            timeouts: { connect: 1s, server: 2s, queue: 3s }
                            max-queue: 4
                            retries: 5
                            slow-start: 6s
                            panic-threshold: 70
                            breaker: { failures: 3, out: 2s }
                            sticky-cookie: { name: SRV, mode: prefix, no-cache: no, key-file: keys }
                            tls: { verify: authority, ca-file: ca.pem, server-name: cache.internal }
                            http2: always
                            servers:
                              one: 10.0.0.8:6379
                              two:
                                address: "[fd00::9]:6379"
                                weight: 8
                                max-connections: 9
                                backup: yes
                        addresses:
                          writer: { address: 10.0.0.100/24, follows: primary of stock }
                          six:
                            address: "fd00::0:64/64"
                            interface: eth0.7
                            follows: primary of stock
                        admin:
                          bind: 0.0.0.0:7001
                          token-file: /run/token
                          tls: { certificates: [/etc/ssl/admin.pem] }
                          users:
                            anna:
                              role: admin
                              password: "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$2pmJpBl4yZbfWsVAY2bvzVnQnXzYzTwSFUq7fhXcJOc"
                            scraper: { role: viewer, token: "sha256:8b1a9953c4611296a827abf8c47804d7e6c49c6b97a6a0c9c2f4b8f1d4a2f6e3" }
                        """);
        NodeName two = new NodeName("two");
        assertThat(config.cluster())
                .isEqualTo(
                        new ClusterConfig(
                                "everything",
                                Map.of(new NodeName("one"), "10.0.0.1", two, "fd00::2"),
                                7000,
                                7002,
                                Path.of("/srv/state"),
                                Optional.of(Path.of("/dev/watchdog")),
                                Optional.of(
                                        new ClusterConfig.Fence(
                                                List.of("/etc/shoestring/fence", "{node}", "off"),
                                                Duration.ofSeconds(45)))));
        assertThat(config.consensus())
                .isEqualTo(
                        new ConsensusConfig(
                                List.of(
                                        URI.create("http://10.0.0.3:2379"),
                                        URI.create("https://[fd00::3]:2379")),
                                Optional.of("keeper"),
                                Optional.of(Path.of("/run/etcd")),
                                Optional.of(Path.of("/run/ca")),
                                Optional.of(Path.of("/etc/shoestring/pki/node")),
                                Optional.of(Path.of("/run/key"))));
        DatabaseName stock = new DatabaseName("stock");
        assertThat(config.databases().values())
                .containsExactly(
                        new DatabaseConfig(
                                stock,
                                DatabaseConfig.Engine.POSTGRESQL,
                                Protection.PERFORMANCE,
                                Optional.of(Path.of("/opt/postgresql/bin")),
                                OptionalInt.of(40),
                                new Superuser("boss", Path.of("/run/secret")),
                                Optional.empty(),
                                Map.of(
                                        A,
                                        new Member(A, two, Path.of("/srv/a"), 5555, 7),
                                        new MemberName("b"),
                                        new Member(
                                                new MemberName("b"),
                                                two,
                                                Path.of("/srv/b"),
                                                Optional.empty(),
                                                5556,
                                                0,
                                                Optional.of(new Delay(5_400)),
                                                Optional.of(A))),
                                Map.of(),
                                new LossLimit(64L << 20, OptionalLong.of(20_000_000_000L)),
                                DatabaseConfig.Topology.ONE_WAY,
                                Optional.empty()));
        assertThat(config.listeners().values())
                .containsExactly(
                        new PostgresListenerConfig(
                                "reports",
                                new Endpoint("::1", 7000),
                                Optional.empty(),
                                stock,
                                Optional.empty(),
                                List.of(),
                                ReadsConfig.from(Reads.REPLICAS),
                                AccessConfig.by(Authentication.TRUST),
                                List.of(),
                                Duration.ofMillis(500),
                                DEFAULT_REPLAY,
                                12,
                                OptionalInt.empty(),
                                NO_POOL,
                                Optional.empty()),
                        new TcpListenerConfig(
                                "cache",
                                new Endpoint("127.0.0.1", 7002),
                                Optional.of("cache"),
                                List.of(),
                                Duration.ofSeconds(7),
                                13,
                                Optional.empty(),
                                List.of(),
                                Optional.of(
                                        new AccessLogConfig(
                                                Optional.of(Path.of("/etc/shoestring/cache.log")),
                                                AccessLogConfig.Format.JSON,
                                                Optional.of(
                                                        new SyslogConfig(
                                                                new SyslogConfig.Udp(
                                                                        new Endpoint(
                                                                                "10.0.0.9", 514)),
                                                                SyslogConfig.Facility.LOCAL7,
                                                                SyslogConfig.Header.RFC5424)))),
                                new SourceConfig(
                                        List.of(IpNetwork.of(InetAddress.ofLiteral("10.0.0.0"), 8)),
                                        List.of(
                                                IpNetwork.of(
                                                        InetAddress.ofLiteral("10.9.0.0"), 16)),
                                        OptionalInt.of(3),
                                        Optional.of(
                                                new SourceConfig.Rate(
                                                        7, Duration.ofSeconds(2), true)))));
        assertThat(config.backends().values())
                .containsExactly(
                        new BackendConfig(
                                "cache",
                                BackendConfig.Balance.LEAST_CONNECTIONS,
                                Map.of(
                                        "one",
                                        new BackendConfig.Server(
                                                "one",
                                                new Endpoint("10.0.0.8", 6379),
                                                1,
                                                OptionalInt.empty(),
                                                false),
                                        "two",
                                        new BackendConfig.Server(
                                                "two",
                                                new Endpoint("fd00::9", 6379),
                                                8,
                                                OptionalInt.of(9),
                                                true)),
                                Optional.of(
                                        new CheckConfig(
                                                CheckConfig.Protocol.HTTP,
                                                new CheckConfig.Http(
                                                        new CheckConfig.Request("GET", "/health"),
                                                        Optional.of("a.example.com"),
                                                        new CheckConfig.StatusCodes(
                                                                List.of(
                                                                        new Range(200, 299),
                                                                        new Range(404, 404))),
                                                        Optional.of(
                                                                new RouteConfig.Condition(
                                                                        "X-Ready",
                                                                        Optional.of("yes"))),
                                                        Optional.of("fine"),
                                                        Optional.empty()),
                                                List.of(),
                                                "shoestring",
                                                OptionalInt.of(81),
                                                Duration.ofSeconds(7),
                                                Duration.ofSeconds(8),
                                                Duration.ofSeconds(9),
                                                10,
                                                11,
                                                CheckConfig.Traffic.CONNECTIONS,
                                                true)),
                                Optional.of(new CheckConfig.Agent(9707, Duration.ofSeconds(12))),
                                new BackendConfig.Timeouts(
                                        Duration.ofSeconds(1),
                                        Duration.ofSeconds(2),
                                        Duration.ofSeconds(3)),
                                4,
                                5,
                                Duration.ofSeconds(6),
                                70,
                                BackendConfig.ProxyProtocol.NONE,
                                Optional.of(
                                        new StickyCookie(
                                                "SRV",
                                                StickyCookie.Mode.PREFIX,
                                                true,
                                                false,
                                                Optional.of(Path.of("/etc/shoestring/keys")))),
                                Optional.of(
                                        new BackendTls(
                                                BackendTls.Verify.AUTHORITY,
                                                Optional.of(Path.of("/etc/shoestring/ca.pem")),
                                                Optional.of("cache.internal"),
                                                Optional.empty())),
                                BackendConfig.Http2.ALWAYS,
                                RequestKey.PATH,
                                Optional.of(new BackendConfig.Breaker(3, Duration.ofSeconds(2)))));
        assertThat(config.addresses())
                .containsExactly(
                        new AddressSpec(
                                new AddressName("writer"),
                                new IpPrefix("10.0.0.100", 24),
                                Optional.empty(),
                                new Follows.PrimaryOf(stock),
                                List.of(two)),
                        new AddressSpec(
                                new AddressName("six"),
                                new IpPrefix("fd00::64", 64),
                                Optional.of("eth0.7"),
                                new Follows.PrimaryOf(stock),
                                List.of(two)));
        assertThat(config.admin())
                .isEqualTo(
                        new AdminConfig(
                                new Endpoint("0.0.0.0", 7001),
                                Path.of("/run/token"),
                                Optional.of(
                                        new TlsConfig(
                                                List.of(Path.of("/etc/ssl/admin.pem")),
                                                TlsConfig.Version.TLS_1_2,
                                                Optional.empty())),
                                Map.of(
                                        "anna",
                                        new User(Role.ADMIN, Optional.of(HASH), Optional.empty()),
                                        "scraper",
                                        new User(
                                                Role.VIEWER,
                                                Optional.empty(),
                                                Optional.of(DIGEST))),
                                Optional.empty()));
    }

    @Test
    void clientsOfOneListenerAreLedToSeveralDatabases() {
        ShoestringConfig config =
                sound(
                        """
                        cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                        databases:
                          shop:
                            engine: postgresql
                            superuser: { password-file: /p }
                            auth-query:
                              { user: asks, password-file: q, query: "SELECT * FROM f($1)" }
                            members: { a: { data: /data/a, port: 5433 } }
                          stock:
                            engine: postgresql
                            superuser: { password-file: /p }
                            tls: { mode: require, certificate-file: /c, key-file: /k }
                            members: { b: { data: /data/b, port: 5434 } }
                        listeners:
                          sql:
                            bind: 127.0.0.1:6432
                            protocol: postgresql
                            database: shop
                            routes:
                              - { databases: [stock, old], to: stock, as: stock2 }
                              - { users: [me], to: stock }
                        """);
        assertThat(requireNonNull(config.databases().get(SHOP)).authQuery())
                .contains(
                        new AuthQuery(
                                "asks",
                                Configs.BASE.resolve("q"),
                                "postgres",
                                "SELECT * FROM f($1)"));
        var listener = (PostgresListenerConfig) requireNonNull(config.listeners().get("sql"));
        DatabaseName stock = new DatabaseName("stock");
        Optional<ServerTls> tls =
                Optional.of(
                        new ServerTls(
                                ServerTls.Mode.REQUIRE,
                                Optional.empty(),
                                Optional.of(
                                        new ServerTls.Certificate(Path.of("/c"), Path.of("/k")))));
        assertThat(listener.routes())
                .containsExactly(
                        new DatabaseRoute(
                                List.of(),
                                List.of("stock", "old"),
                                stock,
                                tls,
                                Optional.of("stock2")),
                        new DatabaseRoute(List.of("me"), List.of(), stock, tls, Optional.empty()));
        assertThat(listener.targets()).isEqualTo(Map.of(SHOP, Optional.empty(), stock, tls));
    }

    @Test
    void routesKeepTheirOrderAndTheRestComesLast() {
        ShoestringConfig config =
                sound(
                        """
                        cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                        listeners:
                          web:
                            bind: 127.0.0.1:8080
                            protocol: http
                            backend: web
                            routes:
                              - { host: shop.example.com, path: /api/, backend: api }
                              - { path: /status, backend: api }
                            forwarded: rfc7239
                            http2: always
                            limits:
                              - { requests: 5 }
                              - { requests: 6, per: 1m, by: header X-Key, path: /login, shared: yes }
                            logins: [{ users-file: users }]
                            error-pages: [{ status: 503, file: 503.html }]
                        backends:
                          web: { servers: { one: 10.0.0.8:80 } }
                          api: { servers: { one: 10.0.0.9:80 } }
                        """);
        assertThat(config.listeners().get("web"))
                .isEqualTo(
                        new HttpListenerConfig(
                                "web",
                                new Endpoint("127.0.0.1", 8080),
                                List.of(
                                        route(
                                                Optional.of("shop.example.com"),
                                                Optional.of("/api/"),
                                                "api"),
                                        route(Optional.empty(), Optional.of("/status"), "api"),
                                        route(Optional.empty(), Optional.empty(), "web")),
                                HttpListenerConfig.Forwarded.RFC7239,
                                Duration.ofMinutes(5),
                                1000,
                                Optional.empty(),
                                HttpListenerConfig.Http2.ALWAYS,
                                List.of(),
                                HeaderRules.NONE,
                                HeaderRules.NONE,
                                Optional.empty(),
                                Optional.empty(),
                                new HttpGuards(
                                        List.of(
                                                new LimitConfig(
                                                        RouteConfig.Match.ALL,
                                                        5,
                                                        Duration.ofSeconds(1),
                                                        RequestKey.ADDRESS,
                                                        false),
                                                new LimitConfig(
                                                        RouteConfig.Match.of(
                                                                Optional.empty(),
                                                                Optional.of("/login")),
                                                        6,
                                                        Duration.ofMinutes(1),
                                                        new RequestKey(
                                                                RequestKey.By.HEADER, "X-Key"),
                                                        true)),
                                        List.of(
                                                new LoginConfig(
                                                        RouteConfig.Match.ALL,
                                                        Path.of("/etc/shoestring/users"),
                                                        "restricted")),
                                        Map.of(503, Path.of("/etc/shoestring/503.html"))),
                                SourceConfig.OPEN_TO_ALL));
    }

    @Test
    void aClusterMayOnlyBalance() {
        ShoestringConfig config =
                sound(
                        """
                        cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                        listeners:
                          cache: { bind: 127.0.0.1:7002, protocol: tcp, backend: cache }
                        backends:
                          cache: { servers: { one: 10.0.0.8:6379 } }
                        """);
        assertThat(config.databases()).isEmpty();
        assertThat(config.listeners().get("cache"))
                .isEqualTo(
                        new TcpListenerConfig(
                                "cache",
                                new Endpoint("127.0.0.1", 7002),
                                Optional.of("cache"),
                                List.of(),
                                Duration.ofMinutes(5),
                                1000,
                                Optional.empty(),
                                List.of(),
                                Optional.empty(),
                                SourceConfig.OPEN_TO_ALL));
        BackendConfig backend = requireNonNull(config.backends().get("cache"));
        assertThat(backend)
                .isEqualTo(
                        new BackendConfig(
                                "cache",
                                BackendConfig.Balance.ROUND_ROBIN,
                                backend.servers(),
                                Optional.empty(),
                                Optional.empty(),
                                new BackendConfig.Timeouts(
                                        Duration.ofSeconds(5),
                                        Duration.ofMinutes(5),
                                        Duration.ofSeconds(5)),
                                1000,
                                3,
                                Duration.ZERO,
                                0,
                                BackendConfig.ProxyProtocol.NONE,
                                Optional.empty(),
                                Optional.empty(),
                                BackendConfig.Http2.NONE,
                                RequestKey.PATH,
                                Optional.empty()));
    }

    @Test
    void relativePathsStartAtTheDirectoryOfTheFile() {
        ShoestringConfig config =
                sound(
                        smallestWith("data: /data/a", "data: ../data/a")
                                .replace("name: shop", "name: shop\n  directory: state"));
        assertThat(config.cluster().directory()).isEqualTo(Path.of("/etc/shoestring/state"));
        assertThat(config.admin().tokenFile())
                .isEqualTo(Path.of("/etc/shoestring/state/admin.token"));
        assertThat(member(config, "a").data()).isEqualTo(Path.of("/etc/data/a"));
    }

    @Test
    void mapsKeepTheOrderOfTheFile() {
        ShoestringConfig config =
                sound(
                        smallestWith(
                                "      a: { data: /data/a, port: 5433 }",
                                """
                                      z: { data: /data/z, port: 1 }
                                      a: { data: /data/a, port: 2 }
                                      m: { data: /data/m, port: 3 }\
                                """));
        assertThat(database(config).members().keySet())
                .extracting(MemberName::value)
                .containsExactly("z", "a", "m");
    }

    @ParameterizedTest
    @CsvSource({
        // The node that is named; the node of the member's name; the only node.
        "'one: 10.0.0.1, a: 10.0.0.2', 'node: one, ', one",
        "'one: 10.0.0.1, a: 10.0.0.2', '', a",
        "'one: 10.0.0.1', '', one",
    })
    void aMemberFindsItsNode(String nodes, String written, String expected) {
        String text =
                smallestWith("local: 127.0.0.1", nodes).replace("{ data", "{ " + written + "data");
        assertThat(member(sound(text), "a").node()).isEqualTo(new NodeName(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0:0, 0.0.0.0, 0",
        "localhost:65535, localhost, 65535",
        "db-0.example.com:1, db-0.example.com, 1",
        "'\"[fe80::1%eth0]:80\"', fe80::1%eth0, 80",
        "'\"[::ffff:10.0.0.1]:80\"', ::ffff:10.0.0.1, 80",
    })
    void anAddressIsSplitFromItsPort(String written, String host, int port) {
        ShoestringConfig config = sound(smallestWith("127.0.0.1:6432", written));
        assertThat(listener(config).bind()).isEqualTo(new Endpoint(host, port));
    }

    @ParameterizedTest
    @CsvSource({"0s, 0", "1ms, 1", "500ms, 500", "30s, 30000", "5m, 300000", "60m, 3600000"})
    void aDurationHasItsUnit(String written, long millis) {
        ShoestringConfig config =
                sound(smallestWith("database: shop", "database: shop\n    hold: " + written));
        assertThat(listener(config).hold()).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void anchorsAndAliasesStandForTheirValues() {
        String text =
                Configs.SMALLEST
                        .replace("engine: postgresql", "engine: &engine postgresql")
                        .replace("protocol: postgresql", "protocol: *engine");
        assertThat(sound(text)).isEqualTo(sound(Configs.SMALLEST));
    }

    @Test
    void windowsLineEndsAndAByteOrderMarkChangeNothing() {
        String text = "\uFEFF" + Configs.SMALLEST.replace("\n", "\r\n");
        assertThat(sound(text)).isEqualTo(sound(Configs.SMALLEST));
    }

    @Test
    void listenersMayBeLeftOut() {
        String text = Configs.SMALLEST.substring(0, Configs.SMALLEST.indexOf("listeners:"));
        assertThat(sound(text).listeners()).isEmpty();
    }

    @Test
    void noKeyTakesFreeTextInWhichASecretCouldStand() {
        List<String> kindsOfText =
                KeyPath.all().stream()
                        .map(KeyPath::key)
                        .<Format<?>>mapMulti(ConfigMappingTest::addFormat)
                        .filter(format -> format.type() == String.class)
                        .map(Format::title)
                        .distinct()
                        .toList();
        assertThat(kindsOfText)
                .containsExactlyInAnyOrder(
                        "name",
                        "host",
                        "name of a server",
                        "role name",
                        "user name",
                        "text",
                        "query for a password",
                        "network interface",
                        "e-mail address",
                        "path of a URL",
                        "path to ask for",
                        "realm",
                        "hash of a password",
                        "hash of a token",
                        "method of HTTP",
                        "name of a header field",
                        "name of a cookie");
    }

    private static void addFormat(Key key, Consumer<Format<?>> formats) {
        if (key instanceof Key.Value<?> value) {
            formats.accept(value.format());
        }
    }

    private static RouteConfig route(Optional<String> host, Optional<String> path, String backend) {
        return new RouteConfig(
                RouteConfig.Match.of(host, path), new RouteConfig.Action.ToBackend(backend));
    }

    private static DatabaseConfig database(ShoestringConfig config) {
        return requireNonNull(config.databases().get(SHOP));
    }

    private static Member member(ShoestringConfig config, String name) {
        return requireNonNull(database(config).members().get(new MemberName(name)));
    }

    private static PostgresListenerConfig listener(ShoestringConfig config) {
        return (PostgresListenerConfig) requireNonNull(config.listeners().get("sql"));
    }
}
