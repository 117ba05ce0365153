package io.shoestring.sandbox.bench;

import io.shoestring.base.Clock;
import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** How long it takes from the start of the program to the first answer that it brings a client. */
record StartMeasurement(String work) implements Work.Measurement {
    private static final WebShape SHAPE = new WebShape(true, false, 128, 1, false);
    private static final double NANOS_PER_MICRO = 1e3;
    private static final int POLL_MILLIS = 2;
    private static final long GIVE_UP_NANOS = 60_000_000_000L;
    private static final int ANSWER_MILLIS = 2_000;

    /** nginx hands an empty host on if there is none, which the origin refuses. */
    private static final byte[] REQUEST =
            "GET /body HTTP/1.0\r\nHost: bench\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    @Override
    public List<BenchResult> run(Race race, List<Peer> peers)
            throws BenchException, IOException, InterruptedException {
        List<BenchResult> results = new ArrayList<>();
        for (Peer peer : peers) {
            List<Lap> ours = new ArrayList<>();
            List<Lap> theirs = new ArrayList<>();
            for (int round = 1; round <= race.pace().rounds(); round++) {
                ours.add(lap(race.clock(), WebProgram.own()));
                theirs.add(lap(race.clock(), WebProgram.of(peer, SHAPE).orElseThrow()));
                race.tell()
                        .accept(
                                "%s: round %d of %d: %,.0f ms; %s %,.0f ms"
                                        .formatted(
                                                work,
                                                round,
                                                race.pace().rounds(),
                                                millis(ours.getLast()),
                                                peer.name(),
                                                millis(theirs.getLast())));
            }
            BenchResult laps = new Comparison(ours, theirs, ours, theirs).result(work, "", false);
            results.add(
                    BenchResult.of(
                            work,
                            peer.name(),
                            new Special(
                                    "first answer after",
                                    "ms",
                                    millis(laps.p50Micros()),
                                    millis(laps.peerP50Micros())),
                            laps.rssMb().orElse(0),
                            laps.peerRssMb().orElse(0),
                            laps.rounds()));
        }
        return results;
    }

    private static double millis(Lap lap) {
        return millis(lap.outcome().p50Micros()).orElse(0);
    }

    private static OptionalDouble millis(OptionalDouble micros) {
        return micros.isPresent() ? OptionalDouble.of(micros.getAsDouble() / 1e3) : micros;
    }

    private static Lap lap(Clock clock, WebProgram program)
            throws BenchException, IOException, InterruptedException {
        try (Ground ground = Ground.make(clock)) {
            WebOrigin web = WebOrigin.start(ground, SHAPE);
            long before = clock.nanos();
            Contender contender = program.start(web);
            while (!isServed(contender.endpoint())) {
                if (clock.nanos() - before > GIVE_UP_NANOS) {
                    throw new BenchException(contender.name() + " brought no answer in a minute.");
                }
                Thread.sleep(POLL_MILLIS);
            }
            OptionalDouble micros = OptionalDouble.of((clock.nanos() - before) / NANOS_PER_MICRO);
            return new Lap(
                    new Outcome(1, Double.NaN, micros, micros, 0),
                    contender.figures().cpuMicros(),
                    contender.figures().residentBytes());
        }
    }

    private static boolean isServed(Endpoint endpoint) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), ANSWER_MILLIS);
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream().write(REQUEST);
            String answer =
                    new String(
                            socket.getInputStream().readNBytes("HTTP/1.1 200".length()),
                            StandardCharsets.US_ASCII);
            return answer.endsWith(" 200");
        } catch (IOException _) {
            return false;
        }
    }
}
