package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One nginx as the server, and a contender each in front of it, configured as its own documentation
 * advises. All do what their users have on: a check of the server, a line for each request, headers
 * that tell the server who asks. HAProxy, which writes no files, sends its lines to a socket that
 * nobody reads.
 */
record WebSetting(WebShape shape) implements Setting {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Override
    public List<Contender> make(Ground ground, List<Peer> peers)
            throws BenchException, IOException, InterruptedException {
        Endpoint origin = startOrigin(ground);
        if (shape.tls()) {
            makeCertificate(ground);
        }
        List<Contender> contenders = new ArrayList<>();
        contenders.add(
                shoestring(ground, origin, "shoestring", OwnProgram.with(List.of("run", "-c"))));
        for (Peer peer : peers) {
            switch (peer.kind()) {
                case HAPROXY -> contenders.add(haproxy(ground, origin, peer));
                case NGINX -> {
                    if (shape.http()) {
                        contenders.add(nginx(ground, origin, peer));
                    }
                }
                case SHOESTRING ->
                        contenders.add(
                                shoestring(
                                        ground,
                                        origin,
                                        peer.name(),
                                        List.of(peer.program().toString(), "run", "-c")));
                case PGBOUNCER, PGPOOL -> {
                    // They know no HTTP.
                }
            }
        }
        return contenders;
    }

    private Endpoint startOrigin(Ground ground)
            throws BenchException, IOException, InterruptedException {
        Endpoint origin = ground.freeEndpoint();
        ground.write("www/body", "x".repeat(shape.bytes()));
        String server =
                "server { listen %s backlog=4096; root %s; }".formatted(origin, ground.path("www"));
        startNginx(
                ground,
                "origin",
                Tool.NGINX.path().toString(),
                origin,
                "access_log off; " + server);
        return origin;
    }

    private static Process startNginx(
            Ground ground, String name, String program, Endpoint endpoint, String http)
            throws BenchException, IOException, InterruptedException {
        var file =
                ground.write(
                        name + ".conf",
                        """
                        %1$s
                        daemon off; worker_processes %2$s; pid %3$s.pid; error_log %3$s.log;
                        events { worker_connections 16384; }
                        http {
                            sendfile on; tcp_nopush on; keepalive_requests 1000000000;
                            open_file_cache max=10;
                            client_body_temp_path %3$s.b; proxy_temp_path %3$s.p;
                            fastcgi_temp_path %3$s.f; uwsgi_temp_path %3$s.u; scgi_temp_path %3$s.s;
                            %4$s
                        }
                        """
                                .formatted(
                                        isRoot() ? "user root;" : "",
                                        name.equals("origin") ? "1" : "auto",
                                        ground.path(name),
                                        http));
        Process process =
                ground.start(
                        name,
                        List.of(program, "-c", file.toString(), "-p", file.getParent().toString()));
        ground.awaitOpen(name, process, endpoint);
        return process;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static void makeCertificate(Ground ground)
            throws BenchException, IOException, InterruptedException {
        ground.run(
                List.of(
                        Tool.OPENSSL.path().toString(),
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:P-256",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=localhost",
                        "-keyout",
                        ground.path("web.key").toString(),
                        "-out",
                        ground.path("web.crt").toString()),
                Map.of(),
                PATIENCE);
        // HAProxy wants both in one file.
        ground.write(
                "web.pem",
                Files.readString(ground.path("web.crt"))
                        + Files.readString(ground.path("web.key")));
    }

    private Contender shoestring(Ground ground, Endpoint origin, String name, List<String> command)
            throws BenchException, IOException, InterruptedException {
        Endpoint endpoint = ground.freeEndpoint();
        var file =
                ground.write(
                        name + ".yaml",
                        """
                        cluster:
                          name: bench
                          nodes: { local: 127.0.0.1 }
                          directory: %1$s
                        admin: { bind: %2$s }
                        listeners:
                          web:
                            bind: %3$s
                            protocol: %4$s
                            backend: web
                            max-connections: 8000
                            access-log: %1$s.access
                            %5$s
                        backends:
                          web:
                            check: { %6$s }
                            servers: { a: %7$s }
                        """
                                .formatted(
                                        ground.path(name),
                                        ground.freeEndpoint(),
                                        endpoint,
                                        shape.http() ? "http" : "tcp",
                                        shape.tls()
                                                ? "tls: { certificates: [ "
                                                        + ground.path("web.pem")
                                                        + " ] }"
                                                : "",
                                        shape.http() ? "http: GET /body" : "protocol: tcp",
                                        origin));
        List<String> words = new ArrayList<>(command);
        words.add(file.toString());
        Process process = ground.start(name, words);
        ground.awaitOpen(name, process, endpoint);
        return contender(ground, name, Peer.Kind.SHOESTRING, endpoint, process);
    }

    private Contender haproxy(Ground ground, Endpoint origin, Peer peer)
            throws BenchException, IOException, InterruptedException {
        Endpoint endpoint = ground.freeEndpoint();
        var file =
                ground.write(
                        peer.name() + ".cfg",
                        """
                        global
                            maxconn 8000
                            log %1$s local0
                            %2$s
                        defaults
                            mode %3$s
                            log global
                            timeout connect 5s
                            timeout client 60s
                            timeout server 60s
                        listen web
                            bind %5$s %6$s
                            %4$s
                            server a %7$s check
                        """
                                .formatted(
                                        ground.deafSocket(),
                                        shape.bytes() > 16_384 ? "tune.bufsize 65536" : "",
                                        shape.http() ? "http" : "tcp",
                                        haproxyOptions(),
                                        endpoint,
                                        shape.tls()
                                                ? "ssl crt "
                                                        + ground.path("web.pem")
                                                        + " alpn h2,http/1.1"
                                                : "",
                                        origin));
        Process process =
                ground.start(
                        peer.name(), List.of(peer.program().toString(), "-f", file.toString()));
        ground.awaitOpen(peer.name(), process, endpoint);
        return contender(ground, peer.name(), peer.kind(), endpoint, process);
    }

    private String haproxyOptions() {
        if (!shape.http()) {
            return shape.isBulk() ? "option tcplog\n    option splice-auto" : "option tcplog";
        }
        return """
        option httplog
            option forwardfor
            http-reuse aggressive
            http-request set-header X-Forwarded-Proto %s
            http-request set-header X-Forwarded-Host %%[req.hdr(Host)]\
        """
                .formatted(shape.tls() ? "https" : "http");
    }

    private Contender nginx(Ground ground, Endpoint origin, Peer peer)
            throws BenchException, IOException, InterruptedException {
        Endpoint endpoint = ground.freeEndpoint();
        String tls =
                shape.tls()
                        ? "ssl_certificate %1$s; ssl_certificate_key %1$s;"
                                .formatted(ground.path("web.pem"))
                        : "";
        String http =
                """
                access_log %1$s.access combined buffer=64k flush=5s;
                upstream web { server %2$s; keepalive 300; keepalive_requests 1000000000; }
                server {
                    listen %3$s backlog=4096 %4$s;
                    %5$s
                    location / {
                        proxy_pass http://web;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_set_header Host $host;
                        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        proxy_set_header X-Forwarded-Proto $scheme;
                        proxy_set_header X-Forwarded-Host $host;
                        proxy_buffers 16 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 128k;
                    }
                }
                """
                        .formatted(
                                ground.path(peer.name()),
                                origin,
                                endpoint,
                                shape.tls() ? "ssl http2" : "",
                                tls);
        Process process =
                startNginx(ground, peer.name(), peer.program().toString(), endpoint, http);
        return contender(ground, peer.name(), peer.kind(), endpoint, process);
    }

    private Contender contender(
            Ground ground, String name, Peer.Kind kind, Endpoint endpoint, Process process) {
        return new Contender(
                name,
                kind,
                endpoint,
                new ProcessFigures(process.toHandle(), true),
                new WebLoad(ground, shape));
    }
}
