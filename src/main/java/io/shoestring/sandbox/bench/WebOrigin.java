package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The server that everybody stands before, one nginx, and the certificate that they show.
 *
 * @param endpoint of it
 */
record WebOrigin(Ground ground, WebShape shape, Endpoint endpoint) {
    /** The certificate and its key, in one file. */
    static final String CERTIFICATE = "web.pem";

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** Starts it. */
    static WebOrigin start(Ground ground, WebShape shape)
            throws BenchException, IOException, InterruptedException {
        WebOrigin origin = new WebOrigin(ground, shape, ground.freeEndpoint());
        ground.write("www/body", "x".repeat(shape.bytes()));
        String http =
                "access_log off; server { listen %s backlog=4096; root %s; }"
                        .formatted(origin.endpoint, ground.path("www"));
        String program = Tool.NGINX.path().toString();
        new NginxWeb("origin", program).startServer(ground, origin.endpoint, 1, http);
        if (shape.tls()) {
            makeCertificate(ground);
        }
        return origin;
    }

    /** Somebody who stands before it, with all of its processes. */
    Contender contender(String name, Peer.Kind kind, Endpoint at, Process process) {
        return new Contender(
                name,
                kind,
                at,
                new ProcessFigures(process.toHandle(), true),
                new WebLoad(ground, shape));
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
                CERTIFICATE,
                Files.readString(ground.path("web.crt"))
                        + Files.readString(ground.path("web.key")));
    }
}
