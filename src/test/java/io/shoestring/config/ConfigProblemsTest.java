package io.shoestring.config;

import static io.shoestring.config.Configs.problems;
import static io.shoestring.config.Configs.smallestWith;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

@Timeout(30)
class ConfigProblemsTest {
    private static final String KEYS =
            "expected keys cluster, consensus, databases, listeners, backends, acme, addresses and"
                    + " admin";

    @Test
    void tellsAllProblemsAtOnceInTheOrderOfTheFile() {
        String text =
                """
                cluster:
                  name: My Shop
                  nodes: { local: 127.0.0.1:80 }
                  colour: blue
                databases:
                  shop:
                    engine: mysql
                    protection: availabilty
                    superuser: { name: postgres }
                    members:
                      a: { node: locall, data: /data/a, port: 99999 }
                      b: { data: [/data/b], port: "5434" }
                  shop:
                    engine: postgresql
                listeners:
                  sql:
                    bind: 6432
                    protcol: postgresql
                    database: shp
                    hold: 30
                    max-connections: 0
                bind: 127.0.0.1:6480
                """;
        assertThat(problems(text))
                .containsExactly(
                        "shoestring.yaml:2:3: cluster.name: 'My Shop' is not a name; expected a"
                                + " name of at most 63 characters from a-z, 0-9, '-' and '_' that"
                                + " starts with a letter or a digit; did you mean 'my-shop'?",
                        "shoestring.yaml:3:12: cluster.nodes.local: '127.0.0.1:80' has a port;"
                                + " expected an IPv4 address, an IPv6 address or a host name,"
                                + " without a port; did you mean '127.0.0.1'?",
                        "shoestring.yaml:4:3: cluster.colour: 'colour' is not a key of the cluster;"
                                + " expected name, nodes, port, consensus-port, directory,"
                                + " watchdog or fence",
                        "shoestring.yaml:7:5: databases.shop.engine: 'mysql' is not a database"
                                + " engine; expected postgresql or mariadb",
                        "shoestring.yaml:8:5: databases.shop.protection: 'availabilty' is not a"
                            + " protection mode; expected performance or availability or maximum;"
                            + " did you mean 'availability'?",
                        "shoestring.yaml:9:5: databases.shop.superuser.password-file: is missing;"
                                + " expected the path of a file or a directory",
                        "shoestring.yaml:11:12: databases.shop.members.a.node: there is no node"
                                + " 'locall'; expected local; did you mean 'local'?",
                        "shoestring.yaml:11:41: databases.shop.members.a.port: '99999' is not a"
                                + " port; expected a whole number from 1 to 65535",
                        "shoestring.yaml:12:12: databases.shop.members.b.data: is a list;"
                                + " expected the path of a file or a directory",
                        "shoestring.yaml:12:29: databases.shop.members.b.port: is text; expected"
                                + " a whole number from 1 to 65535; write it without quotes",
                        "shoestring.yaml:13:3: databases.shop: is there twice; it was already"
                                + " given in line 6; remove one of them",
                        "shoestring.yaml:17:5: listeners.sql.bind: '6432' is not an address and a"
                                + " port; expected an address and a port such as 127.0.0.1:6432;"
                                + " did you mean '127.0.0.1:6432'?",
                        "shoestring.yaml:18:5: listeners.sql.protcol: 'protcol' is not a key of a"
                            + " listener; expected bind, protocol, tls, database, routes, reads,"
                            + " consistency, max-lag, authentication, access, failed-logins,"
                            + " proxy-protocol-from, hold, replay, max-connections,"
                            + " max-connections-per-user, pool, console, servers, account,"
                            + " server-tls, from, not-from, per-source, backend, access-log,"
                            + " client-timeout, limits, refusals, logins, redirects, forwarded,"
                            + " http2, request-headers, response-headers, request-id or"
                            + " error-pages; did you mean 'protocol'?",
                        "shoestring.yaml:19:5: listeners.sql.database: there is no database"
                                + " 'shp'; expected shop; did you mean 'shop'?",
                        "shoestring.yaml:20:5: listeners.sql.hold: '30' has no unit; expected a"
                                + " duration such as 500ms, 30s or 5m, at most 60m; did you mean"
                                + " '30s'?",
                        "shoestring.yaml:21:5: listeners.sql.max-connections: '0' is not a number"
                                + " of connections; expected a whole number from 1 to 1000000",
                        "shoestring.yaml:22:1: bind: 'bind' is not a key of the configuration;"
                            + " expected cluster, consensus, databases, listeners, backends, acme,"
                            + " addresses or admin; it belongs in listeners.<listener> with"
                            + " protocol: postgresql");
    }

    static Stream<Arguments> notYaml() {
        return Stream.of(
                Arguments.of("", "1:1: is empty; " + KEYS),
                Arguments.of("# nothing\n", "1:1: is empty; " + KEYS),
                Arguments.of("just text", "1:1: 'just text' is not a mapping; " + KEYS),
                Arguments.of("\n- a\n- b\n", "2:1: is a list; " + KEYS),
                Arguments.of("null\n", "1:1: has no value; " + KEYS),
                Arguments.of("!x {a: b}\n", "1:1: has a tag; " + KEYS),
                Arguments.of(
                        "a: [1, 2\nb: 3\n",
                        "2:2: is not YAML: expected ',' or ']', but got : (while parsing a flow"
                                + " sequence)"),
                Arguments.of(
                        "a:\n\t- b\n",
                        "2:1: is not YAML: found character '\\t(TAB)' that cannot start any token."
                                + " (Do not use \\t(TAB) for indentation) (while scanning for the"
                                + " next token); indent with spaces"),
                Arguments.of(
                        "a: b: c\n",
                        "1:5: is not YAML: mapping values are not allowed here; check the"
                                + " indentation, and put text with ': ' in quotes"),
                Arguments.of(
                        "bind: [::1]:6432\n",
                        "1:8: is not YAML: expected the node content, but found ':' (while parsing"
                                + " a flow node); put an address with brackets in quotes:"
                                + " \"[::1]:6432\""),
                Arguments.of("a: *b\n", "1:4: is not YAML: found undefined alias b"),
                Arguments.of("a: 1\nb: \u0007\n", "2:4: the character U+0007 is not allowed"),
                Arguments.of(
                        "%YAML 2.0\n---\na: 1\n",
                        "1:1: is in a version of YAML that is not known; expected 1.2"),
                Arguments.of(
                        "a: 1\n---\nb: 2\n",
                        "2:1: a second YAML document starts here; expected only one"),
                Arguments.of(
                        "a: " + "[".repeat(500_000), "1:53: is nested more than 50 levels deep"),
                Arguments.of("#" + "é".repeat(1 << 19), "1:1: is longer than 1 MiB"));
    }

    @ParameterizedTest
    @MethodSource("notYaml")
    void whatIsNotOneYamlMappingIsRefused(String text, String problem) {
        assertThat(problems(text)).containsExactly("shoestring.yaml:" + problem);
    }

    static Stream<Arguments> oneThingWrong() {
        return Stream.of(
                Arguments.of("  name: shop", "  name: 2024", "2:3: cluster.name: is not text; "),
                Arguments.of("  name: shop", "  name: ''", "2:3: cluster.name: '' is not a name; "),
                Arguments.of("  name: shop", "  name: -x", "2:3: cluster.name: '-x' is not a na"),
                Arguments.of("  name: shop", "  name: !x y", "2:3: cluster.name: is not text; "),
                Arguments.of(
                        "  name: shop",
                        "  name: " + "x".repeat(64),
                        "2:3: cluster.name: '" + "x".repeat(64) + "' is not a name; "),
                Arguments.of("  name: shop", "", "1:1: cluster.name: is missing; expected a name"),
                Arguments.of("  name: shop", "  nmae: x", "2:3: cluster.nmae: 'nmae' is not a ke"),
                Arguments.of(
                        "{ local: 127.0.0.1 }",
                        "{}",
                        "3:3: cluster.nodes: is empty; expected at least one <node> with its name"),
                Arguments.of(
                        "{ local: 127.0.0.1 }",
                        "",
                        "3:3: cluster.nodes: has no value; expected at least one <node>"),
                Arguments.of(
                        "{ local: 127.0.0.1 }",
                        "{ LOCAL: 127.0.0.1 }",
                        "3:12: cluster.nodes.LOCAL: 'LOCAL' is not a name; "),
                Arguments.of(
                        "{ local: 127.0.0.1 }",
                        "{ local: 127.0.0.256 }",
                        "3:12: cluster.nodes.local: '127.0.0.256' is not an address; "),
                Arguments.of(
                        "{ local: 127.0.0.1 }",
                        "{ local: 0.0.0.0 }",
                        "3:12: cluster.nodes.local: '0.0.0.0' is no machine's address; "),
                Arguments.of(
                        "{ local: 127.0.0.1 }",
                        "{ local: 127.0.0.1, ? [x] : y }",
                        "3:32: cluster.nodes: a key must be text; put it in quotes"),
                Arguments.of(
                        "{ local: 127.0.0.1 }",
                        "{ true: 127.0.0.1 , a: 127.0.0.1 }",
                        "3:12: cluster.nodes: a key must be text; put it in quotes"),
                Arguments.of(
                        "{ local: 127.0.0.1 }",
                        "{ one: 10.0.0.1, two: 10.0.0.2 }",
                        "9:7: databases.shop.members.a.node: is missing; expected one or two"),
                Arguments.of(
                        "{ data: /data/a, port: 5433 }",
                        "/data/a",
                        "9:7: databases.shop.members.a: '/data/a' is not a mapping; expected keys"),
                Arguments.of("/data/a", "''", "9:12: databases.shop.members.a.data: the path is e"),
                Arguments.of(
                        "/data/a",
                        "~/a",
                        "9:12: databases.shop.members.a.data: '~' is not replaced by a home"),
                Arguments.of(
                        "5433 }",
                        "5433, priority: -1 }",
                        "9:39: databases.shop.members.a.priority: '-1' is not a priority; "),
                Arguments.of(
                        "5433 }",
                        "5433, delay: 15d }",
                        "9:39: databases.shop.members.a.delay: '15d' is too long; expected a ti"),
                Arguments.of(
                        "5433 }",
                        "5433, delay: 60 }",
                        "9:39: databases.shop.members.a.delay: '60' has no unit; expected a"),
                Arguments.of(
                        "5433 }",
                        "5433, priority: 2, delay: 1h }",
                        "9:39: databases.shop.members.a.priority: is for members that may be prom"),
                Arguments.of(
                        "5433 }",
                        "5433, upstream: a }",
                        "9:39: databases.shop.members.a.upstream: is the member itself; leave it"),
                Arguments.of(
                        "5433 }",
                        "5433, upstream: x }",
                        "9:39: databases.shop.members.a.upstream: there is no member 'x'; expected"
                                + " a"),
                Arguments.of(
                        "port: 5433 }", "port: 0 }", "9:27: databases.shop.members.a.port: '0' is"),
                Arguments.of(
                        "port: 5433 }",
                        "port: 99999999999999999999 }",
                        "9:27: databases.shop.members.a.port: '99999999999999999999' is not a po"),
                Arguments.of(
                        "127.0.0.1:6432",
                        "127.0.0.1:65536",
                        "12:5: listeners.sql.bind: 65536 is not a port (0 to 65535); expected an"),
                Arguments.of(
                        "127.0.0.1:6432",
                        "'*:6432'",
                        "12:5: listeners.sql.bind: '*:6432' has no address; expected an address and"
                                + " a port such as 127.0.0.1:6432; did you mean '0.0.0.0:6432'?"),
                Arguments.of(
                        "127.0.0.1:6432",
                        "::1:6432",
                        "12:5: listeners.sql.bind: '::1:6432' is not an address and a port; "
                                + "expected an address and a port such as 127.0.0.1:6432; an IPv6"
                                + " address stands in brackets: '[::1]:6432'"),
                Arguments.of(
                        "127.0.0.1:6432",
                        "db.example.com",
                        "12:5: listeners.sql.bind: 'db.example.com' is not an address and a port; "
                                + "expected an address and a port such as 127.0.0.1:6432; add the"
                                + " port: 'db.example.com:6432'"),
                Arguments.of(
                        "127.0.0.1:6432",
                        "'[10.0.0.1]:6432'",
                        "12:5: listeners.sql.bind: '10.0.0.1' is not an address; "),
                Arguments.of(
                        "database: shop",
                        "database: shop\n    hold: 61m",
                        "15:5: listeners.sql.hold: '61m' is too long; "),
                Arguments.of(
                        "database: shop",
                        "database: shop\n    hold: 1h",
                        "15:5: listeners.sql.hold: '1h' is not a duration; "),
                Arguments.of(
                        "database: shop",
                        "database: shop\n    reads: Primary",
                        "15:5: listeners.sql.reads: 'Primary' is not a place for reads; expected"
                                + " primary or replicas; did you mean 'primary'?"),
                Arguments.of(
                        "database: shop",
                        "database: shop\n    <<: {}",
                        "15:5: listeners.sql.<<: '<<' is not a key of a postgresql listener; "),
                Arguments.of(
                        "database: shop",
                        "database: shop\n    \"a\\nb\": 1",
                        "15:5: listeners.sql.'a\\n"
                                + "b': 'a\\n"
                                + "b' is not a key of a postgresql listener; "));
    }

    @ParameterizedTest
    @MethodSource("oneThingWrong")
    void oneWrongThingIsOneProblem(String old, String replacement, String start) {
        assertThat(problems(smallestWith(old, replacement)))
                .singleElement()
                .asString()
                .startsWith("shoestring.yaml:" + start);
    }

    static Stream<Arguments> oneThingWrongWithABalancer() {
        return Stream.of(
                Arguments.of(
                        "backend: cache",
                        "backend: cash",
                        "3:49: listeners.cache.backend: there is no backend 'cash'; expected"
                                + " cache"),
                Arguments.of(
                        "backend: cache",
                        "max-connections: 7",
                        "3:3: listeners.cache: has neither routes nor a backend; expected at least"
                                + " one"),
                Arguments.of(
                        "backend: cache",
                        "backend: cache, reads: replicas",
                        "3:65: listeners.cache.reads: 'reads' is not a key of a tcp listener;"
                            + " expected bind, protocol, tls, proxy-protocol-from, from, not-from,"
                            + " per-source, routes, backend, access-log, client-timeout or"
                            + " max-connections; it belongs in listeners.<listener> with protocol:"
                            + " postgresql"),
                Arguments.of(
                        "backend: cache",
                        "backend: cache, access-log: { format: json }",
                        "3:65: listeners.cache.access-log: has neither file nor syslog; expected at"
                                + " least one"),
                Arguments.of(
                        "backend: cache",
                        "backend: cache, access-log: { syslog: 10.0.0.9 }",
                        "3:79: listeners.cache.access-log.syslog: '10.0.0.9' is not an address and"
                            + " a port; expected an address and a port such as 10.0.0.9:514, or the"
                            + " path of a socket such as /dev/log; add the port: '10.0.0.9:514'"),
                Arguments.of(
                        "balance: first",
                        "sticky-cookie: { name: A, mode: prefix, indirect: no }",
                        "5:85: backends.cache.sticky-cookie.indirect: is only for 'mode: insert';"
                                + " set that, or remove this"),
                Arguments.of(
                        "backend: cache",
                        "backend: cache, per-source: { per: 5s }",
                        "3:65: listeners.cache.per-source: has neither max-connections nor"
                                + " connections; expected at least one"),
                Arguments.of(
                        "backend: cache",
                        "backend: cache, per-source: { max-connections: 3, per: 5s }",
                        "3:99: listeners.cache.per-source.per: is only for 'connections'"),
                Arguments.of(
                        "backend: cache",
                        "backend: cache, per-source: { max-connections: 3, shared: yes }",
                        "3:99: listeners.cache.per-source.shared: is only for 'connections'"),
                Arguments.of(
                        "backend: cache",
                        "backend: cache, per-source: { connections: 3, per: 5ms }",
                        "3:95: listeners.cache.per-source.per: is too short; expected at least"
                                + " 100ms"),
                Arguments.of(
                        "backend: cache",
                        "backend: cache, from: [10.0.0.1/8]",
                        "3:72: listeners.cache.from.1: '10.0.0.1/8' is no range: the address has"
                                + " bits behind its prefix"),
                Arguments.of(
                        "balance: first",
                        "breaker: { out: 5ms }",
                        "5:56: backends.cache.breaker.out: is too short; expected at least 100ms"),
                Arguments.of(
                        "protocol: tcp",
                        "protocol: udp",
                        "3:34: listeners.cache.protocol: 'udp' is not a protocol; expected"
                                + " postgresql or mysql or tcp or http"),
                Arguments.of(
                        "protocol: tcp, ",
                        "",
                        "3:3: listeners.cache.protocol: is missing; expected postgresql or mysql or"
                                + " tcp or http"),
                Arguments.of(
                        "one: 10.0.0.8:6379",
                        "one: 10.0.0.8",
                        "5:23: backends.cache.servers.one: '10.0.0.8' is not an address"),
                Arguments.of(
                        "one: 10.0.0.8:6379",
                        "one: 10.0.0.8:0",
                        "5:23: backends.cache.servers.one: '10.0.0.8:0' has no port"),
                Arguments.of(
                        "one: 10.0.0.8:6379",
                        "one: 0.0.0.0:6379",
                        "5:23: backends.cache.servers.one: '0.0.0.0' is no machine's"),
                Arguments.of(
                        "one: 10.0.0.8:6379",
                        "one: { weight: 2 }",
                        "5:23: backends.cache.servers.one.address: is missing; "),
                Arguments.of(
                        "one: 10.0.0.8:6379",
                        "one: [10.0.0.8:6379]",
                        "5:23: backends.cache.servers.one: is a list; expected an address and a"
                                + " port such as 10.0.0.21:8080, or keys address, weight,"
                                + " max-connections and backup"),
                Arguments.of(
                        "one: 10.0.0.8:6379",
                        "one: { address: 10.0.0.8:6379, backup: true }",
                        "5:54: backends.cache.servers.one.backup: 'true' is neither yes nor no; "),
                Arguments.of(
                        "one: 10.0.0.8:6379",
                        "one: 10.0.0.8:6379, two: 10.0.0.8:6379",
                        "5:43: backends.cache.servers.two: 10.0.0.8:6379 is also the"
                                + " address of backends.cache.servers.one; "),
                Arguments.of(
                        "balance: first",
                        "check: { protocol: redis, status: \"200\" }",
                        "5:71: backends.cache.check.status: is only for checks by http, and the"
                                + " protocol is redis; remove one of them"),
                Arguments.of(
                        "balance: first",
                        "check: { protocol: smtp, host: a }",
                        "5:70: backends.cache.check.host: is only for checks by http, and the"
                                + " protocol is smtp; remove one of them"),
                Arguments.of(
                        "balance: first",
                        "check: { protocol: command }",
                        "5:54: backends.cache.check.protocol: is command, and no command is given;"
                                + " add 'command: [/path/of/a/program]'"),
                Arguments.of(
                        "balance: first",
                        "check: { command: [check] }",
                        "5:64: backends.cache.check.command.1: 'check' is not the whole path of a"
                                + " program; it is run without a shell: begin with '/'"),
                Arguments.of(
                        "balance: first",
                        "check: { command: [/check, \"{host}\"] }",
                        "5:72: backends.cache.check.command.2: '{host}' stands for nothing; there"
                                + " are {backend}, {server}, {address} and {port}"),
                Arguments.of(
                        "balance: first",
                        "check: { command: [/check], protocol: tcp }",
                        "5:73: backends.cache.check.protocol: is tcp, and a command is given, too;"
                                + " remove one of them"),
                Arguments.of(
                        "balance: first",
                        "check: { http: /health }",
                        "5:54: backends.cache.check.http: '/health' is not a request; expected a"
                                + " method and a path such as GET /health; did you mean 'GET"
                                + " /health'?"),
                Arguments.of(
                        "balance: first",
                        "check: { http: GET /, body-matches: '(' }",
                        "5:67: backends.cache.check.body-matches: '(' is not a regular expression"),
                Arguments.of(
                        "balance: first",
                        "check: { status: \"299-200\" }",
                        "5:54: backends.cache.check.status: '299-200' ends before it begins; "),
                Arguments.of(
                        "balance: first",
                        "check: { every: 0s }",
                        "5:54: backends.cache.check.every: is too short; expected at least 10ms"),
                Arguments.of(
                        "balance: first",
                        "balance: round robin",
                        "5:45: backends.cache.balance: 'round robin' is not a rule of balancing;"
                                + " expected round-robin or least-connections or random or source"
                                + " or hash or first; did you mean 'round-robin'?"));
    }

    @ParameterizedTest
    @MethodSource("oneThingWrongWithABalancer")
    void oneWrongThingWithABalancerIsOneProblem(String old, String replacement, String start) {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                listeners:
                  cache: { bind: 127.0.0.1:7002, protocol: tcp, backend: cache }
                backends:
                  cache: { servers: { one: 10.0.0.8:6379 }, balance: first }
                """;
        assertThat(text).contains(old);
        assertThat(problems(text.replace(old, replacement)))
                .singleElement()
                .asString()
                .startsWith("shoestring.yaml:" + start);
    }

    @Test
    void whatOnlyTcpListenersCanDoIsTold() {
        assertThat(
                        problems(
                                """
                                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                                listeners:
                                  web:
                                    bind: 127.0.0.1:7002
                                    protocol: http
                                    proxy-protocol-from: [10.0.0.1/8]
                                    backend: web
                                  tls:
                                    bind: 127.0.0.1:7003
                                    protocol: tcp
                                    routes: [{ server-name: a b, backend: web }]
                                backends:
                                  web: { servers: { one: 10.0.0.8:6379 }, proxy-protocol: v1 }
                                """))
                .map(Object::toString)
                .containsExactly(
                        "shoestring.yaml:6:27: listeners.web.proxy-protocol-from.1: '10.0.0.1/8' is"
                                + " no range: the address has bits behind its prefix; expected an"
                                + " IP address or a range of them, such as 10.0.0.0/8",
                        "shoestring.yaml:7:5: listeners.web.backend: backend 'web' has"
                                + " proxy-protocol, which is only for tcp listeners; servers are"
                                + " told of clients by `forwarded` here",
                        "shoestring.yaml:11:16: listeners.tls.routes.1.server-name: 'a b' is not"
                                + " the name of a server; expected the name of a server, such as"
                                + " shop.example.com or *.example.com");
    }

    @Test
    void whatIsWrongBeforeRoutesAndWithTlsIsTold() {
        assertThat(
                        problems(
                                """
                                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                                listeners:
                                  web:
                                    bind: 127.0.0.1:7002
                                    protocol: http
                                    limits: [{ requests: 5, per: 1ms, by: name X }]
                                    logins: [{ users-file: u, realm: 'a"b' }]
                                    error-pages: [{ status: 503, file: a }, { status: 503, file: b }]
                                    routes:
                                      - { path-matches: "^/(a)", rewrite: /$2, backend: web }
                                      - { path: /b/, rewrite: "/b?c", backend: web }
                                    response-headers: { set: ["X-Motto: a\\u2028b"] }
                                backends:
                                  web:
                                    http2: tls
                                    servers: { one: 10.0.0.8:6379 }
                                  blind:
                                    tls: { verify: none, ca-file: ca.pem }
                                    servers: { one: 10.0.0.8:6379 }
                                """))
                .map(Object::toString)
                .containsExactly(
                        "shoestring.yaml:6:29: listeners.web.limits.1.per: is too short; expected"
                                + " at least 100ms",
                        "shoestring.yaml:6:39: listeners.web.limits.1.by: 'name X' tells no"
                            + " requests apart; expected address, path, or header, cookie or query"
                            + " and a name, such as header X-Api-Key",
                        "shoestring.yaml:7:31: listeners.web.logins.1.realm: 'a\"b' is not a"
                                + " realm; expected a text of at most 64 printable characters"
                                + " without quotes",
                        "shoestring.yaml:8:47: listeners.web.error-pages.2.status: 503 has a page"
                                + " already: listeners.web.error-pages.1; remove one of them",
                        "shoestring.yaml:10:34: listeners.web.routes.1.rewrite: has $2, and"
                                + " path-matches has only 1 groups",
                        "shoestring.yaml:11:22: listeners.web.routes.2.rewrite: '/b?c' is not a"
                                + " path; expected a path such as /v2/, without query",
                        "shoestring.yaml:12:31: listeners.web.response-headers.set.1: 'X-Motto:"
                            + " a\uFFFDb' is not a header field; expected a header field such as"
                            + " \"X-Frame-Options: DENY\"",
                        "shoestring.yaml:15:5: backends.web.http2: has no effect without 'tls';"
                                + " add 'tls', or set 'http2: always' if the servers expect it"
                                + " without",
                        "shoestring.yaml:18:26: backends.blind.tls.ca-file: is not looked at with"
                                + " 'verify: none'; take 'verify: none' away, or this");
    }

    @Test
    void whatIsWrongWithRoutesIsTold() {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                listeners:
                  web: { bind: 127.0.0.1:7002, protocol: http, routes: [{ backend: a }, { path: x }] }
                  shop: { bind: 127.0.0.1:7003, protocol: http }
                  more: { bind: 127.0.0.1:7004, protocol: http, routes: { backend: b } }
                backends:
                  b: { servers: { one: 10.0.0.8:80 } }
                """;
        assertThat(problems(text))
                .containsExactly(
                        "shoestring.yaml:3:59: listeners.web.routes.1.backend: there is no backend"
                                + " 'a'; expected b; did you mean 'b'?",
                        "shoestring.yaml:3:73: listeners.web.routes.2.backend: is missing; expected"
                                + " a name of at most 63 characters from a-z, 0-9, '-' and '_' that"
                                + " starts with a letter or a digit",
                        "shoestring.yaml:3:75: listeners.web.routes.2.path: 'x' is not the path of"
                                + " a URL; expected the path of a URL such as /api/",
                        "shoestring.yaml:4:3: listeners.shop: has neither routes nor a backend;"
                                + " expected at least one",
                        "shoestring.yaml:5:49: listeners.more.routes: is not a list; expected a"
                                + " list of mappings with keys host, path, path-matches, methods,"
                                + " headers, cookies, query, from, not-from, backend, rewrite and"
                                + " priority");
    }

    @Test
    void aBackendThatIsNowhereIsTold() {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                listeners:
                  cache: { bind: 127.0.0.1:7002, protocol: tcp, backend: cache }
                """;
        assertThat(problems(text))
                .containsExactly(
                        "shoestring.yaml:3:49: listeners.cache.backend: there is no backend"
                                + " 'cache'; describe it at the top of the file under backends");
    }

    @Test
    void aMissingSectionIsToldOnce() {
        assertThat(problems("cluster: { name: shop, nodes: { local: 127.0.0.1 } }\n"))
                .containsExactly(
                        "shoestring.yaml:1:1: has neither listeners nor databases; expected at"
                                + " least one of them");
    }

    static Stream<Arguments> consensus() {
        return Stream.of(
                Arguments.of(
                        "{ etcd: http://10.0.0.3:2379 }",
                        "1:14: consensus.etcd: is not a list; expected a list in brackets, each of"
                                + " it a URL such as https://10.0.0.20:2379"),
                Arguments.of(
                        "{ etcd: [] }",
                        "1:14: consensus.etcd: is empty; expected a list in brackets, each of it a"
                                + " URL such as https://10.0.0.20:2379"),
                Arguments.of(
                        "{ etcd: [ 'http://a:1', '10.0.0.3:2379' ] }",
                        "1:36: consensus.etcd.2: '10.0.0.3:2379' does not begin with http:// or"
                                + " https://; expected a URL such as https://10.0.0.20:2379"),
                Arguments.of(
                        "{ etcd: [ 'http://a:1/v3' ] }",
                        "1:22: consensus.etcd.1: 'http://a:1/v3' has a path; expected a URL such as"
                                + " https://10.0.0.20:2379; leave out what follows the port"),
                Arguments.of(
                        "{ etcd: [ 'http://me:secret@a:1' ] }",
                        "1:22: consensus.etcd.1: the URL names a user; expected a URL such as"
                                + " https://10.0.0.20:2379; write consensus.user and"
                                + " consensus.password-file"),
                Arguments.of(
                        "{ etcd: [ 'http://a:1' ], user: me }",
                        "1:1: consensus.password-file: is missing, but there is user; expected"
                                + " the path of a file or a directory"),
                Arguments.of(
                        "{ etcd: [ 'http://a:1' ], key-file: me }",
                        "1:1: consensus.certificate-file: is missing, but there is key-file;"
                                + " expected the path of a file or a directory"),
                Arguments.of(
                        "{ ca-file: /ca }",
                        "1:1: consensus.etcd: is missing; expected a list in brackets, each of it a"
                            + " URL such as https://10.0.0.20:2379; the other keys of consensus say"
                            + " how to get into an etcd"));
    }

    @ParameterizedTest
    @MethodSource("consensus")
    void theWayToAnEtcdIsChecked(String written, String problem) {
        assertThat(problems("consensus: " + written + "\n" + Configs.SMALLEST))
                .containsExactly("shoestring.yaml:" + problem);
    }

    static Stream<Arguments> collisions() {
        String member = "      a: { data: /data/a, port: 5433 }";
        String listener = "    database: shop\n";
        String second = "  two:\n    protocol: postgresql\n    database: shop\n    bind: ";
        return Stream.of(
                Arguments.of(
                        member,
                        member + "\n      b: { data: /data/b, port: 5433 }",
                        "10:27: databases.shop.members.b.port: 127.0.0.1:5433 is also the address"
                                + " of databases.shop.members.a; give each member its own port"),
                Arguments.of(
                        member,
                        member + "\n      b: { data: /data/../data/a/, port: 5434 }",
                        "10:12: databases.shop.members.b.data: is also the data directory of"
                                + " databases.shop.members.a; give each member its own directory"),
                Arguments.of(
                        member,
                        member + "\n      b: { data: /data/a/pg/b, port: 5434 }",
                        "10:12: databases.shop.members.b.data: lies inside the data directory of"
                                + " databases.shop.members.a; give each member its own directory"),
                Arguments.of(
                        "/data/a",
                        "/var/lib",
                        "9:12: databases.shop.members.a.data: holds cluster.directory"
                                + " (/var/lib/shoestring); keep the node's state outside"),
                Arguments.of(
                        "127.0.0.1:6432",
                        "127.0.0.1:5433",
                        "12:5: listeners.sql.bind: 127.0.0.1:5433 collides with 127.0.0.1:5433 of"
                                + " databases.shop.members.a; choose another port"),
                Arguments.of(
                        "127.0.0.1:6432",
                        "0.0.0.0:6490",
                        "12:5: listeners.sql.bind: 0.0.0.0:6490 collides with 127.0.0.1:6490 of"
                                + " cluster.port; choose another port"),
                Arguments.of(
                        "port: 5433",
                        "port: 6491",
                        "9:27: databases.shop.members.a.port: 6491 is also cluster.consensus-port;"
                                + " choose another port for one of them"),
                Arguments.of(
                        "name: shop\n",
                        "name: shop\n  consensus-port: 6490\n",
                        "3:3: cluster.consensus-port: 6490 is also cluster.port; choose another"
                                + " port for one of them"),
                Arguments.of(
                        "port: 5433",
                        "port: 6490",
                        "9:27: databases.shop.members.a.port: 6490 is also cluster.port; choose"
                                + " another port for one of them"),
                Arguments.of(
                        "127.0.0.1:6432",
                        "0.0.0.0:5433",
                        "12:5: listeners.sql.bind: 0.0.0.0:5433 collides with 127.0.0.1:5433 of"
                                + " databases.shop.members.a; choose another port"),
                Arguments.of(
                        listener,
                        listener + second + "'[::]:6432'\n",
                        "18:5: listeners.two.bind: [::]:6432 collides with 127.0.0.1:6432 of"
                                + " listeners.sql.bind; choose another port"),
                Arguments.of(
                        "127.0.0.1:6432",
                        "localhost:6480",
                        "12:5: listeners.sql.bind: localhost:6480 collides with 127.0.0.1:6480 of"
                                + " admin.bind; choose another port"),
                Arguments.of(
                        listener,
                        listener + "admin: { bind: 127.0.0.1:6432 }\n",
                        "15:10: admin.bind: 127.0.0.1:6432 collides with 127.0.0.1:6432 of"
                                + " listeners.sql.bind; choose another port"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | '{ minimum: \"1.3\" }' | has neither certificates nor acme",
                "'' | '{ acme: [shop.example.com] }' | there is no section acme",
                "'acme: { agree-to-terms: yes }' | '{ acme: [\"*.example.com\"] }' | is no name",
                "'acme: { agree-to-terms: yes }' | '{ acme: [10.0.0.1] }' | is no name for which",
                "'acme: { agree-to-terms: no }' | '{ acme: [a.b] }' | who does not agree",
                "'acme: { email: a@b.c }' | '{ acme: [a.b] }' | agree-to-terms",
                "'acme: { agree-to-terms: yes, directory: http://ca/ }' | '{ acme: [a.b] }' |"
                        + " https",
                "'acme: { agree-to-terms: yes, email: a }' | '{ acme: [a.b] }' | e-mail address"
            })
    void certificatesComeFromSomewhere(String acme, String tls, String problem) {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                %s
                listeners:
                  web: { bind: "127.0.0.1:443", protocol: http, tls: %s, backend: web }
                backends: { web: { servers: { one: "10.0.0.1:80" } } }
                """;
        assertThat(ConfigReader.read("test", text.formatted(acme, tls), Path.of("/")))
                .asInstanceOf(InstanceOfAssertFactories.type(ConfigReader.Broken.class))
                .satisfies(broken -> assertThat(broken.problems().toString()).contains(problem));
        assertThat(
                        ConfigReader.read(
                                "test",
                                text.formatted("acme: { agree-to-terms: yes }", "{ acme: [a.b] }"),
                                Path.of("/")))
                .isInstanceOf(ConfigReader.Sound.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bind: 0.0.0.0:6480 | 15:10: admin.bind: can be reached from other machines, and"
                        + " has no tls and users; add admin.tls and admin.users, or bind it to"
                        + " 127.0.0.1",
                "bind: 10.0.0.1:6480, tls: { certificates: [a.pem] } | 15:10: admin.bind: can be"
                        + " reached from other machines, and has no users; add admin.users, or"
                        + " bind it to 127.0.0.1",
                "bind: 127.0.0.5:6480, users: { anna: { role: admin } } | 15:41:"
                        + " admin.users.anna: has neither a password nor a token; expected at"
                        + " least one; 'shoestring password' makes them",
                "users: { anna: { role: admin, password: hunter2 } } | 15:40:"
                        + " admin.users.anna.password: what stands there is not the hash of a"
                        + " password; expected the hash of a password, as 'shoestring password'"
                        + " prints it",
                "users: { anna: { role: admin, token: hunter2 } } | 15:40:"
                        + " admin.users.anna.token: what stands there is not the hash of a token;"
                        + " expected the hash of a token, as 'shoestring password --token' prints"
                        + " it"
            })
    void theAdministrationIsOpenToNobodyUnknown(String keys, String problem) {
        String listener = "    database: shop\n";
        assertThat(problems(smallestWith(listener, listener + "admin: { " + keys + " }\n")))
                .containsExactly("shoestring.yaml:" + problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:0", "localhost:0", "[::1]:0", "127.1.2.3:0"})
    void theAdministrationOfThisMachineAloneNeedsNoUsers(String bind) {
        String listener = "    database: shop\n";
        String admin = "admin: { bind: \"" + bind + "\" }\n";
        assertThat(Configs.sound(smallestWith(listener, listener + admin)).admin().users())
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("collisions")
    void nothingIsClaimedTwice(String old, String replacement, String problem) {
        assertThat(problems(smallestWith(old, replacement)))
                .containsExactly("shoestring.yaml:" + problem);
    }

    static Stream<Arguments> contradictions() {
        String listener = "    database: shop\n";
        String database = "    engine: postgresql\n";
        return Stream.of(
                Arguments.of(
                        listener,
                        listener + "    pool: { mode: transaction, size: 3, minimum: 4 }\n",
                        "15:41: listeners.sql.pool.minimum: 4 is more than the size, which is 3;"
                                + " make 'size' larger, or 'minimum' smaller"),
                Arguments.of(
                        listener,
                        listener + "    access: [{ by: certificate }]\n",
                        "15:16: listeners.sql.access.1.by: nobody is asked for a certificate; give"
                                + " the listener's 'tls' a 'client-ca-file'"),
                Arguments.of(
                        listener,
                        listener + "    routes: [{ users: [me], to: shp }]\n",
                        "15:29: listeners.sql.routes.1.to: there is no database 'shp'; expected"
                                + " shop; did you mean 'shop'?"),
                Arguments.of(
                        listener,
                        listener + "    routes: [{ to: shop, as: old }]\n",
                        "15:14: listeners.sql.routes.1: is for every client; expected 'users' or"
                                + " 'databases'; whom no route is for is led to the listener's"
                                + " 'database'"),
                Arguments.of(
                        listener,
                        listener
                                + "    routes:\n"
                                + "      - { databases: [a, b], to: shop }\n"
                                + "      - { databases: [a], users: [me], to: shop }\n"
                                + "      - { users: [me], to: shop }\n",
                        "17:9: listeners.sql.routes.2: is never taken: an earlier route is for the"
                                + " same clients; put it before that one, or take it away"),
                Arguments.of(
                        database,
                        database + "    tls: { mode: verify-ca }\n",
                        "7:5: databases.shop.tls: has no ca-file, so that nothing can be verified;"
                                + " name the file with the authority, or set 'mode: require'"),
                Arguments.of(
                        database,
                        database + "    tls: { mode: require, certificate-file: /c.pem }\n",
                        "7:27: databases.shop.tls.certificate-file: is of no use without"
                                + " 'key-file'; name that file, too"),
                Arguments.of(
                        database,
                        database
                                + "    auth-query: { user: u, password-file: p, query: SELECT 1"
                                + " }\n",
                        "7:46: databases.shop.auth-query.query: 'SELECT 1' does not ask for any"
                                + " role; expected a query of at most 1000 characters with $1 for"
                                + " the role, such as 'SELECT usename, passwd FROM"
                                + " lookup.password_of($1)'"),
                Arguments.of(
                        database,
                        database + "    tls: { mode: require, key-file: /c.key }\n",
                        "7:27: databases.shop.tls.key-file: is of no use without"
                                + " 'certificate-file'; name that file, too"),
                Arguments.of(
                        database,
                        database + "    tls: { mode: require, ca-file: /ca.pem }\n",
                        "7:27: databases.shop.tls.ca-file: is not looked at with mode require; set"
                                + " 'mode: verify-full', or take it away"));
    }

    @ParameterizedTest
    @MethodSource("contradictions")
    void whatContradictsItselfIsToldWhereItCanBeMended(
            String old, String replacement, String problem) {
        assertThat(problems(smallestWith(old, replacement)))
                .containsExactly("shoestring.yaml:" + problem);
    }

    static Stream<Arguments> neighbours() {
        String listener = "    database: shop\n";
        String second = "  two:\n    protocol: postgresql\n    database: shop\n    bind: ";
        return Stream.of(
                Arguments.of("127.0.0.1:6432", "127.0.0.2:5433"),
                Arguments.of("127.0.0.1:6432", "'[::1]:5433'"),
                Arguments.of(listener, listener + second + "127.0.0.2:6432\n"),
                Arguments.of(
                        "127.0.0.1:6432\n    protocol: postgresql\n" + listener,
                        "127.0.0.1:0\n    protocol: postgresql\n"
                                + listener
                                + second
                                + "127.0.0.1:0\n"),
                Arguments.of("/data/a", "/var/lib/shoestring/a"),
                Arguments.of(
                        "      a: { data: /data/a, port: 5433 }",
                        "      a: { data: /data/a, port: 5433 }\n"
                                + "      b: { data: /data/ab, port: 5434 }"));
    }

    @ParameterizedTest
    @MethodSource("neighbours")
    void neighboursDoNotCollide(String old, String replacement) {
        assertThat(Configs.sound(smallestWith(old, replacement))).isNotNull();
    }

    @Test
    void membersOnDifferentMachinesMayShareAPortAndADirectory() {
        String text =
                smallestWith("{ local: 127.0.0.1 }", "{ a: 10.0.0.1, b: 10.0.0.2 }")
                        .replace(
                                "      a: { data: /data/a, port: 5433 }",
                                "      a: { data: /data/a, port: 5433 }\n"
                                        + "      b: { data: /data/a, port: 5433 }");
        assertThat(Configs.sound(text)).isNotNull();
    }

    @Test
    void aFileFullOfNonsenseGivesABoundedNumberOfProblems() {
        String text =
                IntStream.range(0, 3 * Problems.LIMIT)
                        .mapToObj(number -> "key" + number + ": 1\n")
                        .collect(Collectors.joining());
        List<String> problems = problems(text);
        assertThat(problems).hasSize(Problems.LIMIT + 1);
        assertThat(problems.getLast()).endsWith("2002 more problems are not listed");
    }

    @Test
    void aTableHasABound() {
        String nodes =
                IntStream.rangeClosed(0, Key.MOST_ENTRIES)
                        .mapToObj(number -> "n%d: 10.0.0.1".formatted(number))
                        .collect(Collectors.joining(", "));
        assertThat(problems(smallestWith("local: 127.0.0.1", nodes)))
                .containsExactly("shoestring.yaml:3:3: cluster.nodes: has more than 1000 entries");
    }

    @Test
    void aliasesCannotMultiplyWhatIsRead() {
        String aliases =
                IntStream.rangeClosed(0, 100)
                        .mapToObj(number -> "  d%d: *shop\n".formatted(number))
                        .collect(Collectors.joining());
        String text =
                smallestWith("  shop:\n", "  shop: &shop\n")
                        .replace("listeners:", aliases + "listeners:");
        assertThat(problems(text))
                .containsExactly("shoestring.yaml:110:9: has more than 100 aliases");
    }

    @Test
    void aRecursiveAliasEnds() {
        String text = smallestWith("    superuser: {", "    programs: &x [*x]\n    superuser: {");
        assertThat(problems(text))
                .containsExactly(
                        "shoestring.yaml:7:5: databases.shop.programs: is a list; expected the path"
                                + " of a file or a directory");
    }
}
