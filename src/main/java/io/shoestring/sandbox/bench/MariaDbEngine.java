package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** MariaDB, asked by sysbench; HAProxy carries only bytes. */
record MariaDbEngine(SqlShape shape) implements SqlEngine {
    @Override
    public String name() {
        return "mariadb";
    }

    @Override
    public void prepare(Ground ground, Cluster cluster)
            throws BenchException, InterruptedException {
        SysbenchLoad.prepare(ground, shape, cluster);
    }

    @Override
    public Load load(Ground ground, Cluster cluster) {
        return new SysbenchLoad(ground, shape, cluster);
    }

    @Override
    public Optional<Contender> start(Ground ground, Cluster cluster, Peer peer)
            throws BenchException, IOException, InterruptedException {
        return peer.kind() == Peer.Kind.HAPROXY
                ? Optional.of(haproxy(ground, cluster, peer))
                : Optional.empty();
    }

    private Contender haproxy(Ground ground, Cluster cluster, Peer peer)
            throws BenchException, IOException, InterruptedException {
        Endpoint endpoint = ground.freeEndpoint();
        var file =
                ground.write(
                        peer.name() + ".cfg",
                        """
                        global
                            maxconn 4000
                            log %s local0
                        defaults
                            mode tcp
                            log global
                            option tcplog
                            timeout connect 5s
                            timeout client 60s
                            timeout server 60s
                        listen mysql
                            bind %s
                            server a %s check
                        """
                                .formatted(ground.deafSocket(), endpoint, cluster.primary()));
        Process process =
                ground.start(
                        peer.name(), List.of(peer.program().toString(), "-f", file.toString()));
        ground.awaitOpen(peer.name(), process, endpoint);
        return new Contender(
                peer.name(),
                peer.kind(),
                endpoint,
                new ProcessFigures(process.toHandle(), true),
                new SysbenchLoad(ground, shape, cluster));
    }
}
