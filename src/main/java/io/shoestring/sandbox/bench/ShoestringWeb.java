package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Shoestring before a web server.
 *
 * @param command what comes before its arguments
 * @param bare without what can be left out: the check and the line for each request
 */
record ShoestringWeb(String name, List<String> command, boolean bare) implements WebProgram {
    @Override
    public Contender start(WebOrigin origin)
            throws BenchException, IOException, InterruptedException {
        Ground ground = origin.ground();
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
                            %8$s
                            %5$s
                        backends:
                          web:
                            %6$s
                            servers: { a: %7$s }
                        """
                                .formatted(
                                        ground.path(name),
                                        ground.freeEndpoint(),
                                        endpoint,
                                        origin.shape().http() ? "http" : "tcp",
                                        origin.shape().tls()
                                                ? "tls: { certificates: [ "
                                                        + ground.path(WebOrigin.CERTIFICATE)
                                                        + " ] }"
                                                : "",
                                        bare ? "" : "check: { " + check(origin.shape()) + " }",
                                        origin.endpoint(),
                                        bare
                                                ? ""
                                                : "access-log: " + ground.path(name) + ".access"));
        List<String> words = new ArrayList<>(command);
        words.addAll(List.of("run", "-c", file.toString()));
        Process process = ground.start(name, words);
        ground.awaitOpen(name, process, endpoint);
        return origin.contender(name, Peer.Kind.SHOESTRING, endpoint, process);
    }

    private static String check(WebShape shape) {
        return shape.http() ? "http: GET /body" : "protocol: tcp";
    }
}
