package io.shoestring.config;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.BackendConfig.Balance;
import io.shoestring.config.haproxy.HaproxyImport;
import io.shoestring.config.haproxy.HaproxyImport.Note;
import io.shoestring.model.Endpoint;
import io.shoestring.testing.Program;

import org.apache.commons.codec.digest.Crypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Configurations that HAProxy itself finds sound become such that we find sound. */
@Timeout(60)
class HaproxyImportTest {
    private static final String DEFAULTS =
            """
            global
                stats socket /run/haproxy/admin.sock mode 660 level admin
                user nobody
                daemon
            defaults
                mode http
                option httplog
                option dontlognull
                option forwardfor
                timeout connect 5000
                timeout client 50s
                timeout server 1m
                retries 2
            """;

    private static final String WEB =
            DEFAULTS
                    + """
                    frontend Public
                        bind *:80
                        maxconn 2000
                        acl app hdr(host) -i app.example.com www.example.com
                        acl api path_beg /api/
                        acl inside src 10.0.0.0/8 192.168.0.0/16
                        http-request deny deny_status 404 if { path_beg /admin/ } !inside
                        http-request redirect location https://example.com/new code 301 if { path /old }
                        http-request set-header X-Env "blue # green"
                        http-request set-header X-Client %[src]
                        http-response del-header Server
                        use_backend api if app api
                        use_backend api if { path_end .json } or { method PUT POST }
                        use_backend api if !app
                        default_backend App.Servers
                    backend App.Servers
                        balance leastconn
                        cookie SRV insert indirect nocache
                        option httpchk GET /health
                        http-check expect status 200
                        default-server inter 3s fall 4
                        server web1 10.0.0.21:8080 check cookie a maxconn 200
                        server web2 10.0.0.22:8080 check cookie b weight 20
                        server spare 10.0.0.23:8080 check backup
                    backend api
                        balance uri
                        option httpchk
                        http-check send meth HEAD uri /ping hdr Host api.example.com
                        http-check expect rstring ^pong
                        server one 10.0.0.31:9000 check inter 1000 fastinter 500 port 9001 track-me
                    """
                            .replace(" track-me", "");

    private static final String TCP =
            """
            defaults
                mode tcp
                timeout connect 5s
                timeout client 1h
                timeout server 24h
            listen db
                bind 127.0.0.1:3306,127.0.0.1:3307
                option mysql-check user haproxy
                balance first
                server a 10.0.0.31:3306 check send-proxy-v2
                server b 10.0.0.32:3306 check backup
            frontend names
                bind 0.0.0.0:8443
                tcp-request inspect-delay 5s
                use_backend db if { req.ssl_sni -i db.example.com }
                use_backend db if { req.ssl_sni -m end .example.org }
                default_backend script
            backend script
                option external-check
                external-check command /usr/bin/true
                server a 10.0.0.33:3306 check agent-check agent-port 9707
            listen stats
                bind *:8404
                mode http
                stats enable
            """;

    private static final String LATER =
            """
            global
                log /dev/log local0
                log 10.0.0.9 local1 notice
            defaults
                mode http
                timeout connect 5s
                timeout client 50s
                timeout server 50s
                log global
                option httplog
            frontend web
                bind *:80
                default_backend tenants
            frontend calls
                bind *:81
                no log
                log 10.0.0.9:5140 len 4096 format rfc5424 mail info
                acl ours src 10.0.0.0/8 192.168.0.0/16
                tcp-request connection reject if !ours
                tcp-request connection reject if { src 10.1.2.3 }
                tcp-request connection reject if { dst_port 81 }
                default_backend calls
            backend tenants
                balance hdr(X-Tenant)
                hash-type consistent
                cookie JSESSIONID prefix
                server one 10.0.0.21:8443 ssl verify required ca-file @system-ca verifyhost a.example.com alpn h2,http/1.1
                server two 10.0.0.22:8443 ssl verify required ca-file @system-ca verifyhost a.example.com alpn h2,http/1.1
            backend calls
                balance url_param session
                server one 10.0.0.31:50051 proto h2
            backend blind
                balance uri depth 3
                server one 10.0.0.41:443 ssl verify none sni req.hdr(host)
            """;

    private static final String LOGINS =
            DEFAULTS
                    + """
                    userlist staff
                        user anna password $6$salt$ghQ6Rhatj/sug12c6v8Ao/bXUoyJ1O1SqdumufgGEO3b3NYPvm/dSWDKWfNm1VxFoFiy/cw9eRaY0xu4GDQSU/
                        user bert insecure-password secret
                        user carl password $1$abcdefgh$irWbblnpmw.5z7wgBnprh0
                    userlist readers
                        user dora insecure-password other
                    userlist nobody
                        user emil insecure-password third
                    frontend web
                        bind *:80
                        acl known http_auth(staff)
                        acl figures path_beg /metrics/
                        http-request auth realm Figures if figures !{ http_auth(readers) }
                        http-request auth realm Ops if { path_beg /admin/ } !known
                        http-request auth realm All unless { http_auth(staff) }
                        http-request auth if { path /y } !known or { path /x } !known
                        http-request deny unless known
                        default_backend app
                    backend app
                        server a 10.0.0.1:80
                    """;

    @TempDir private Path directory;

    private ShoestringConfig imported(String haproxys, List<String> notes) {
        HaproxyImport.Result result = HaproxyImport.read(haproxys);
        assertThat(result.notes().stream().map(HaproxyImportTest::told))
                .containsExactlyElementsOf(notes);
        return switch (ConfigReader.read("imported", result.yaml(), directory)) {
            case ConfigReader.Sound(var config) -> config;
            case ConfigReader.Broken(var problems) ->
                    throw new AssertionError(problems + "\n" + result.yaml());
        };
    }

    private static <V> V at(Map<String, V> map, String key) {
        return requireNonNull(map.get(key), key);
    }

    private static String told(Note note) {
        return note.line() + " " + note.text() + ": " + note.why();
    }

    @ParameterizedTest
    @ValueSource(strings = {WEB_NAME, "tcp", "later", "logins", "paths"})
    void haproxyTakesWhatIsImportedHere(String which) throws Exception {
        Path file = directory.resolve("haproxy.cfg");
        String text =
                switch (which) {
                    case WEB_NAME -> WEB;
                    case "later" -> LATER;
                    case "logins" -> LOGINS;
                    case "paths" -> PATHS;
                    default ->
                            TCP.replace(
                                    "defaults",
                                    """
                                    global
                                        external-check
                                        insecure-fork-wanted
                                    defaults\
                                    """);
                };
        Files.writeString(file, text.replace("/run/haproxy", directory.toString()));
        Program.run(directory, List.of("/usr/sbin/haproxy", "-c", "-f", file.toString())).sound();
    }

    private static final String WEB_NAME = "web";

    @Test
    void aWebFrontendBecomesAListenerWithRoutes() {
        ShoestringConfig config =
                imported(
                        WEB,
                        List.of(
                                "7 option httplog: say where to: 'access-log: FILE'",
                                "23 http-request set-header X-Client %[src]: such a rule has no"
                                        + " counterpart here",
                                "27 use_backend api if !app: its condition cannot be told by the"
                                        + " keys of a route",
                                "31 cookie SRV insert indirect nocache: the cookie's value is the"
                                        + " server's name here"));
        var web = (HttpListenerConfig) config.listeners().values().iterator().next();
        assertThat(web.name()).isEqualTo("public");
        assertThat(web.bind().toString()).isEqualTo("0.0.0.0:80");
        assertThat(web.maxConnections()).isEqualTo(2000);
        assertThat(web.clientTimeout()).hasSeconds(50);
        assertThat(web.backends()).containsExactlyInAnyOrder("api", "app-servers");

        BackendConfig app = at(config.backends(), "app-servers");
        assertThat(app.balance()).isEqualTo(Balance.LEAST_CONNECTIONS);
        assertThat(app.retries()).isEqualTo(2);
        assertThat(app.timeouts().connect()).hasSeconds(5);
        assertThat(app.servers().keySet()).containsExactly("web1", "web2", "spare");
        assertThat(at(app.servers(), "web1").maxConnections()).hasValue(200);
        assertThat(at(app.servers(), "spare").backup()).isTrue();
        CheckConfig check = app.check().orElseThrow();
        assertThat(check.http().request().path()).isEqualTo("/health");
        assertThat(check.every()).hasSeconds(3);
        assertThat(check.fall()).isEqualTo(4);
        assertThat(app.stickyCookie())
                .contains(
                        new StickyCookie(
                                "SRV", StickyCookie.Mode.INSERT, true, true, Optional.empty()));
        assertThat(at(config.backends(), "api").balance()).isEqualTo(Balance.HASH);
        CheckConfig ping = at(config.backends(), "api").check().orElseThrow();
        assertThat(ping.http().request().method()).isEqualTo("HEAD");
        assertThat(ping.port()).hasValue(9001);
        assertThat(config.admin().runtime().orElseThrow().mode()).isEqualTo(0660);
    }

    @Test
    void rulesKeepTheirMeaning() {
        String yaml = HaproxyImport.read(WEB).yaml();
        assertThat(yaml)
                .contains(
                        "- { path: /admin/, not-from: [\"10.0.0.0/8\", \"192.168.0.0/16\"], status:"
                                + " 404 }",
                        "- { path: /old, to: \"https://example.com/new\", status: 301 }",
                        "- { host: app.example.com, path: /api/, backend: api }",
                        "- { host: www.example.com, path: /api/, backend: api }",
                        "- { path-matches: \"\\\\Q.json\\\\E$\", backend: api }",
                        "- { methods: [PUT, POST], backend: api }",
                        "set: [\"X-Env: blue # green\"]",
                        "remove: [Server]");
    }

    private static final String PATHS =
            DEFAULTS
                    + """
                    frontend Public
                        bind *:80
                        acl api path_beg /api/
                        acl post method POST
                        http-request set-priority-class int(-5) if post
                        use_backend api if api
                        use_backend new if { hdr(host) new.example.com }
                        use_backend exact if { path /old }
                        default_backend web
                    backend api
                        http-request replace-path ^/api/(.*)$ /v2/\\1
                        http-request set-path %[path,lower]
                        redirect scheme https if { path / }
                        server one 10.0.0.31:9000
                    backend new
                        http-request replace-path ^/([a-z]+)/(.*) /\\2/\\1
                        server one 10.0.0.32:9000
                    backend exact
                        http-request set-path /new
                        server one 10.0.0.33:9000
                    backend web
                        http-request set-path %[path,regsub(^/shop,)] if { path_beg /shop/ }
                        http-request set-priority-class int(3)
                        http-request set-priority-class rand(3)
                        server one 10.0.0.34:9000
                    """;

    @Test
    void otherPathsAndPrioritiesBecomeThoseOfRoutes() {
        imported(
                PATHS,
                List.of(
                        "7 option httplog: say where to: 'access-log: FILE'",
                        "25 http-request set-path %[path,lower]: of several, the first that fits is"
                                + " done here",
                        "25 http-request set-path %[path,lower]: no route here can change that path"
                                + " so",
                        "26 redirect scheme https if { path / }: backends have no such setting"
                                + " here",
                        "37 http-request set-priority-class rand(3): only a number, int(…), can be"
                                + " told here"));
        assertThat(HaproxyImport.read(PATHS).yaml().lines().map(String::strip))
                .filteredOn(line -> line.startsWith("- {"))
                .containsExactly(
                        "- { methods: [POST], path: /api/, backend: api, priority: 5, rewrite: /v2/"
                                + " }",
                        "- { path: /api/, backend: api, rewrite: /v2/ }",
                        "- { methods: [POST], host: new.example.com, backend: new, priority: 5,"
                                + " path-matches: \"^/([a-z]+)/(.*)\", rewrite: \"/$2/$1\" }",
                        "- { methods: [POST], host: new.example.com, backend: new, priority: 5 }",
                        "- { host: new.example.com, backend: new, path-matches:"
                                + " \"^/([a-z]+)/(.*)\", rewrite: \"/$2/$1\" }",
                        "- { host: new.example.com, backend: new }",
                        "- { methods: [POST], path: /old, backend: exact, priority: 5, rewrite:"
                                + " /new }",
                        "- { path: /old, backend: exact, rewrite: /new }",
                        "- { path: /shop/, methods: [POST], backend: web, priority: -3, rewrite: /"
                                + " }",
                        "- { methods: [POST], backend: web, priority: -3 }",
                        "- { path: /shop/, backend: web, priority: -3, rewrite: / }",
                        "- { backend: web, priority: -3 }");
        assertThat(HaproxyImport.read(WEB.replace("path_beg /api/", "path_reg \\.php$")).yaml())
                .contains("path-matches: \"\\\\.php$\"");
    }

    @Test
    void tcpListenersKeepTheirNamesInTlsAndTheirChecks() {
        ShoestringConfig config =
                imported(
                        TCP,
                        List.of(
                                "14 tcp-request inspect-delay 5s: listeners have no such setting"
                                        + " here",
                                "23 bind *:8404: it leads to no backend; statistics are at"
                                        + " /haproxy;csv of the admin address",
                                "25 stats enable: listeners have no such setting here"));
        assertThat(config.listeners().keySet()).containsExactly("db", "db-2", "names");
        var names = (TcpListenerConfig) at(config.listeners(), "names");
        assertThat(names.routes()).hasSize(2);
        assertThat(at(config.backends(), "db").proxyProtocol())
                .isEqualTo(BackendConfig.ProxyProtocol.V2);
        assertThat(at(config.backends(), "db").timeouts().server()).hasMinutes(60);
        BackendConfig script = at(config.backends(), "script");
        assertThat(script.check().orElseThrow().command())
                .containsExactly("/usr/bin/true", "NOT_USED", "NOT_USED", "{address}", "{port}");
        assertThat(script.agent().orElseThrow().port()).isEqualTo(9707);
    }

    @Test
    void limitsOfAddressesAreCarriedOver() {
        String haproxys =
                DEFAULTS.replace("    option httplog\n", "")
                        + """
                        frontend web
                            bind *:80
                            stick-table type ip size 100k expire 30s store http_req_rate(10s),conn_rate(3s),conn_cur
                            tcp-request connection track-sc0 src
                            acl busy sc_http_req_rate(0) gt 20
                            tcp-request connection reject if { sc_conn_rate(0) gt 100 }
                            tcp-request connection reject if { src_conn_cur ge 11 }
                            http-request deny deny_status 429 if busy
                            http-request deny if { sc0_http_req_rate gt 5 } { path_beg /login/ }
                            default_backend app
                        frontend keyed
                            bind *:81
                            stick-table type string size 100k expire 30s store http_req_rate(10s)
                            http-request track-sc0 req.hdr(X-Key)
                            http-request deny if { sc_http_req_rate(0) gt 20 }
                            default_backend app
                        backend app
                            server one 10.0.0.1:80
                        """;
        ShoestringConfig config =
                imported(
                        haproxys,
                        List.of(
                                "21 http-request deny if { sc0_http_req_rate gt 5 } { path_beg"
                                    + " /login/ }: its condition cannot be told by the keys of a"
                                    + " route",
                                "25 stick-table type string size 100k expire 30s store"
                                    + " http_req_rate(10s): listeners have no such setting here",
                                "26 http-request track-sc0 req.hdr(X-Key): such a rule has no"
                                        + " counterpart here",
                                "27 http-request deny if { sc_http_req_rate(0) gt 20 }: its"
                                        + " condition cannot be told by the keys of a route"));
        var web = (HttpListenerConfig) at(config.listeners(), "web");
        assertThat(web.guards().limits())
                .singleElement()
                .satisfies(
                        limit -> {
                            assertThat(limit.requests()).isEqualTo(20);
                            assertThat(limit.per()).hasSeconds(10);
                        });
        assertThat(web.sources().maxConnections()).hasValue(10);
        assertThat(web.sources().rate().orElseThrow().connections()).isEqualTo(100);
        assertThat(web.sources().rate().orElseThrow().per()).hasSeconds(3);
        var keyed = (HttpListenerConfig) at(config.listeners(), "keyed");
        assertThat(keyed.guards().limits()).isEmpty();
    }

    @Test
    void logsHashesAndTlsToServersAreCarriedOver() {
        ShoestringConfig config =
                imported(
                        LATER,
                        List.of(
                                "3 log 10.0.0.9 local1 notice: lines go to one syslog server here",
                                "21 tcp-request connection reject if { dst_port 81 }:"
                                        + " connections are only refused by one list of addresses"
                                        + " here",
                                "26 cookie JSESSIONID prefix: the cookie's value is the server's"
                                        + " name here",
                                "32 backend blind: 'sni req.hdr(host)': servers are asked for the"
                                        + " host of their address",
                                "33 balance uri depth 3: its further words have no counterpart"
                                        + " here"));
        assertThat(((HttpListenerConfig) at(config.listeners(), "web")).accessLog())
                .flatMap(AccessLogConfig::syslog)
                .contains(
                        new SyslogConfig(
                                new SyslogConfig.Socket(Path.of("/dev/log")),
                                SyslogConfig.Facility.LOCAL0,
                                SyslogConfig.Header.LOCAL));
        assertThat(((HttpListenerConfig) at(config.listeners(), "calls")).accessLog())
                .flatMap(AccessLogConfig::syslog)
                .contains(
                        new SyslogConfig(
                                new SyslogConfig.Udp(new Endpoint("10.0.0.9", 5140)),
                                SyslogConfig.Facility.MAIL,
                                SyslogConfig.Header.RFC5424));
        assertThat(((HttpListenerConfig) at(config.listeners(), "calls")).sources())
                .isEqualTo(
                        new SourceConfig(
                                List.of(network("10.0.0.0", 8), network("192.168.0.0", 16)),
                                List.of(network("10.1.2.3", 32)),
                                OptionalInt.empty(),
                                Optional.empty()));
        BackendConfig tenants = at(config.backends(), "tenants");
        assertThat(tenants.hashBy()).isEqualTo(new RequestKey(RequestKey.By.HEADER, "X-Tenant"));
        assertThat(tenants.stickyCookie().orElseThrow().mode()).isEqualTo(StickyCookie.Mode.PREFIX);
        assertThat(tenants.tls())
                .contains(
                        new BackendTls(
                                BackendTls.Verify.FULL,
                                Optional.empty(),
                                Optional.of("a.example.com"),
                                Optional.empty()));
        assertThat(tenants.http2()).isEqualTo(BackendConfig.Http2.TLS);
        BackendConfig calls = at(config.backends(), "calls");
        assertThat(calls.hashBy()).isEqualTo(new RequestKey(RequestKey.By.QUERY, "session"));
        assertThat(calls.http2()).isEqualTo(BackendConfig.Http2.ALWAYS);
        assertThat(at(config.backends(), "blind").tls().orElseThrow().verify())
                .isEqualTo(BackendTls.Verify.NONE);
    }

    private static IpNetwork network(String address, int length) {
        return IpNetwork.of(InetAddress.ofLiteral(address), length);
    }

    @Test
    void whatHasNoCounterpartIsToldByItsLine() {
        String text =
                """
                global
                    tune.idletimer 5
                resolvers dns
                    nameserver a 10.0.0.53:53
                frontend a
                    bind unix@/run/a.sock
                    bind :80-90
                    use_backend gone if { hdr_reg(host) -i ^a }
                backend gone
                    server-template s 1-3 x.example.com:80
                    server local /run/b.sock
                """;
        assertThat(HaproxyImport.read(text).notes().stream().map(HaproxyImportTest::told))
                .containsExactly(
                        "2 tune.idletimer 5: there is no such setting here",
                        "3 resolvers dns: there are no such sections here",
                        "6 bind unix@/run/a.sock: 'unix@/run/a.sock' is no address with one port",
                        "7 bind :80-90: ':80-90' is no address with one port",
                        "9 backend gone: it has no server with an address and a port",
                        "10 server-template s 1-3 x.example.com:80: backends have no such setting"
                                + " here",
                        "11 server local /run/b.sock: a server needs an address and a port of its"
                                + " own here");
    }

    @Test
    void whoLogsInIsAskedForTheSamePasswords() {
        HaproxyImport.Result result = HaproxyImport.read(LOGINS);
        assertThat(result.files()).containsOnlyKeys("staff.users", "readers.users");
        List<String> staff = at(result.files(), "staff.users").lines().toList();
        assertThat(staff).hasSize(2);
        assertThat(staff.getFirst()).startsWith("anna:$6$salt$ghQ6");
        String bert = staff.getLast().substring("bert:".length());
        assertThat(Crypt.crypt("secret", bert)).isEqualTo(bert);
        ShoestringConfig config =
                imported(
                        LOGINS,
                        List.of(
                                "7 option httplog: say where to: 'access-log: FILE'",
                                "17 user carl password $1$abcdefgh$irWbblnpmw.5z7wgBnprh0:"
                                    + " passwords are stored by bcrypt, SHA-256 or SHA-512 here;"
                                    + " this user cannot log in until the users file has a new hash"
                                    + " (htpasswd -B)",
                                "20 userlist nobody: no login here asks for it",
                                "28 http-request auth realm All unless { http_auth(staff) }: a"
                                    + " request that fits an earlier login is not asked for this"
                                    + " one",
                                "30 http-request deny unless known: its condition cannot be told by"
                                        + " the keys of a route"));
        assertThat(result.unprotected()).extracting(Note::line).containsExactly(28, 30);
        var web = (HttpListenerConfig) config.listeners().values().iterator().next();
        assertThat(web.guards().logins())
                .extracting(login -> login.realm() + " " + login.users().getFileName())
                .containsExactly(
                        "Figures readers.users",
                        "Ops staff.users",
                        "web staff.users",
                        "web staff.users");
    }

    @Test
    void whatKeptSomebodyOutIsToldApart() {
        HaproxyImport.Result result =
                HaproxyImport.read(
                        """
                        frontend web
                            bind :80
                            http-request auth realm Ops if { path_beg /admin }  # by name
                            http-request replace-path /old/(.*) /new/\\1
                            tcp-request content reject if { src_get_gpc0 gt 0 }
                            default_backend app
                        backend app
                            server a 10.0.0.1:80
                        """);
        assertThat(result.unprotected()).extracting(Note::line).containsExactly(3, 5);
        assertThat(result.notes()).extracting(Note::text).anyMatch(it -> it.endsWith("/new/\\1"));
        assertThat(result.yaml())
                .startsWith("# NOT PROTECTED YET")
                .contains("#   line 3: http-request auth realm Ops if { path_beg /admin }");
        assertThat(ConfigReader.read("the result", result.yaml(), Path.of("/")))
                .isInstanceOf(ConfigReader.Sound.class);
    }

    @Test
    void anythingThatIsNoConfigurationYieldsNothing() {
        for (String text :
                Map.of("", "", "x", "\u0000 \" ' \\ \n { } # \n acl", "y", "frontend").values()) {
            assertThat(HaproxyImport.read(text).yaml()).startsWith("cluster:");
        }
    }
}
