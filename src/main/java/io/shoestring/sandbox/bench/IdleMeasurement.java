package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** What each of many clients costs in memory that are there, and ask nothing. */
record IdleMeasurement(String work, int clients) implements Work.Measurement {
    private static final Duration SETTLE = Duration.ofSeconds(6);
    private static final int FIRST_CLIENTS = 100;
    private static final double BYTES_PER_KIB = 1024;
    private static final double BYTES_PER_MB = 1e6;
    private static final SqlShape SHAPE =
            new SqlShape("select-only", "simple", 8, "transaction", false);

    @Override
    public List<BenchResult> run(Race race, List<Peer> peers)
            throws BenchException, IOException, InterruptedException {
        PostgresEngine engine = new PostgresEngine(SHAPE);
        List<BenchResult> results = new ArrayList<>();
        try (Ground ground = Ground.make(race.clock())) {
            race.tell().accept(work + ": starting");
            Cluster cluster =
                    Cluster.start(
                            ground,
                            "shoestring",
                            OwnProgram.with(List.of()),
                            engine.name(),
                            "primary",
                            SHAPE.pool());
            double ours = perClient(race, cluster, cluster.contender(engine.load(ground, cluster)));
            double resident = cluster.figures().residentBytes();
            for (Peer peer : peers) {
                Contender contender =
                        engine.start(ground, cluster, peer)
                                .orElseThrow(
                                        () -> new BenchException(peer + " has no idle clients."));
                double theirs = perClient(race, cluster, contender);
                results.add(
                        BenchResult.of(
                                work,
                                peer.name(),
                                new Special(
                                        "an idle client",
                                        "KiB",
                                        OptionalDouble.of(ours),
                                        OptionalDouble.of(theirs)),
                                resident / BYTES_PER_MB,
                                contender.figures().residentBytes() / BYTES_PER_MB,
                                1));
            }
        }
        return results;
    }

    /**
     * KiB for each of them; the first hundred, for which everything is made ready, are not counted.
     */
    private double perClient(Race race, Cluster cluster, Contender contender)
            throws BenchException, IOException, InterruptedException {
        List<IdleClient> there = new ArrayList<>();
        try {
            come(there, FIRST_CLIENTS, contender.endpoint(), cluster);
            double before = settled(contender);
            race.tell()
                    .accept(
                            "%s: %,d clients come to %s"
                                    .formatted(work, clients, contender.name()));
            come(there, clients, contender.endpoint(), cluster);
            double grown = settled(contender) - before;
            return grown / clients / BYTES_PER_KIB;
        } finally {
            for (IdleClient client : there) {
                client.close();
            }
        }
    }

    private static void come(List<IdleClient> there, int more, Endpoint to, Cluster cluster)
            throws BenchException, IOException {
        for (int i = 0; i < more; i++) {
            there.add(IdleClient.logIn(to, cluster));
        }
    }

    private static double settled(Contender contender) throws InterruptedException {
        Thread.sleep(SETTLE);
        return contender.figures().residentBytes();
    }
}
