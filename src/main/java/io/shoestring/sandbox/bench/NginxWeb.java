package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.util.List;

/** nginx, before a web server or as one. */
record NginxWeb(String name, String program) implements WebProgram {
    private static final int AS_MANY_AS_PROCESSORS = 0;

    @Override
    public Contender start(WebOrigin origin)
            throws BenchException, IOException, InterruptedException {
        Ground ground = origin.ground();
        Endpoint endpoint = ground.freeEndpoint();
        String tls =
                origin.shape().tls()
                        ? "ssl_certificate %1$s; ssl_certificate_key %1$s;"
                                .formatted(ground.path(WebOrigin.CERTIFICATE))
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
                                ground.path(name),
                                origin.endpoint(),
                                endpoint,
                                origin.shape().tls() ? "ssl http2" : "",
                                tls);
        Process process = startServer(ground, endpoint, AS_MANY_AS_PROCESSORS, http);
        return origin.contender(name, Peer.Kind.NGINX, endpoint, process);
    }

    /**
     * Starts one.
     *
     * @param http what stands in its http block
     */
    Process startServer(Ground ground, Endpoint endpoint, int workers, String http)
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
                                        workers == AS_MANY_AS_PROCESSORS
                                                ? "auto"
                                                : Integer.toString(workers),
                                        ground.path(name),
                                        http));
        Process process =
                ground.start(
                        name,
                        List.of(program, "-c", file.toString(), "-p", ground.path(".").toString()));
        ground.awaitOpen(name, process, endpoint);
        return process;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
