package io.shoestring.sandbox.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A pair of database servers, and a contender each in front of it. Other builds of Shoestring, and
 * this one without splitting, have a pair of their own.
 */
record SqlSetting(SqlShape shape, SqlEngine engine) implements Setting {
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
            if (peer.kind() == Peer.Kind.SHOESTRING) {
                List<String> program = List.of(peer.program().toString());
                contenders.add(
                        contender(ground, cluster(ground, peer.name(), program, shape.splits())));
            } else {
                engine.start(ground, cluster, peer).ifPresent(contenders::add);
            }
        }
        return contenders;
    }

    private Contender contender(Ground ground, Cluster cluster) {
        return cluster.contender(engine.load(ground, cluster));
    }

    private Cluster cluster(Ground ground, String name, List<String> program, boolean splits)
            throws BenchException, IOException, InterruptedException {
        String reads = splits ? "replicas" : "primary";
        Cluster cluster = Cluster.start(ground, name, program, engine.name(), reads, shape.pool());
        engine.prepare(ground, cluster);
        return cluster;
    }
}
