package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A pair of MariaDB servers, and a contender each in front of it; HAProxy carries only bytes. */
record MariaDbSetting(SqlShape shape) implements Setting {
    @Override
    public List<Contender> make(Ground ground, List<Peer> peers)
            throws BenchException, IOException, InterruptedException {
        Cluster cluster = cluster(ground, "shoestring", OwnProgram.with(List.of()), shape.splits());
        List<Contender> contenders = new ArrayList<>();
        contenders.add(contender(ground, cluster));
        if (shape.splits()) {
            contenders.add(
                    contender(
                            ground,
                            cluster(
                                    ground,
                                    "without-splitting",
                                    OwnProgram.with(List.of()),
                                    false)));
        }
        for (Peer peer : peers) {
            switch (peer.kind()) {
                case HAPROXY -> contenders.add(haproxy(ground, cluster, peer));
                case SHOESTRING ->
                        contenders.add(
                                contender(
                                        ground,
                                        cluster(
                                                ground,
                                                peer.name(),
                                                List.of(peer.program().toString()),
                                                shape.splits())));
                case NGINX, PGBOUNCER, PGPOOL -> {
                    // They have nothing to do with it.
                }
            }
        }
        return contenders;
    }

    private Contender contender(Ground ground, Cluster cluster) {
        return cluster.contender(new SysbenchLoad(ground, shape, cluster));
    }

    private Cluster cluster(Ground ground, String name, List<String> program, boolean splits)
            throws BenchException, IOException, InterruptedException {
        Cluster cluster =
                Cluster.start(
                        ground,
                        name,
                        program,
                        "mariadb",
                        splits ? "replicas" : "primary",
                        shape.pool());
        SysbenchLoad.prepare(ground, shape, cluster);
        return cluster;
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
