package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.util.List;

/**
 * HAProxy before a web server. It writes no files, so its lines go to a socket that nobody reads.
 */
record HaproxyWeb(Peer peer) implements WebProgram {
    private static final int BUFFER_BYTES = 16_384;

    @Override
    public Contender start(WebOrigin origin)
            throws BenchException, IOException, InterruptedException {
        Ground ground = origin.ground();
        Endpoint endpoint = ground.freeEndpoint();
        var file =
                ground.write(
                        peer.name() + ".cfg",
                        """
                        global
                            maxconn 4000
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
                                        origin.shape().bytes() > BUFFER_BYTES
                                                ? "tune.bufsize 65536"
                                                : "",
                                        origin.shape().http() ? "http" : "tcp",
                                        options(origin.shape()),
                                        endpoint,
                                        origin.shape().tls()
                                                ? "ssl crt "
                                                        + ground.path(WebOrigin.CERTIFICATE)
                                                        + " alpn h2,http/1.1"
                                                : "",
                                        origin.endpoint()));
        Process process =
                ground.start(
                        peer.name(), List.of(peer.program().toString(), "-f", file.toString()));
        ground.awaitOpen(peer.name(), process, endpoint);
        return origin.contender(peer.name(), peer.kind(), endpoint, process);
    }

    private static String options(WebShape shape) {
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
}
