package io.shoestring.sandbox.bench;

import io.shoestring.base.Clock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * The rounds: everybody in turn, so that what else happens on the machine meets all of them.
 *
 * @param tell hears what is going on, in sentences
 */
record Race(Clock clock, Pace pace, Consumer<String> tell) {
    private static final int WARM_LAPS_MAX = 10;
    private static final double WARM_SHARE = 0.93;

    private static final Duration WARM = Duration.ofSeconds(2);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final double RESTLESS_SHARE = 0.15;
    private static final double TICKS_PER_SECOND = 100;

    /** Measures by a load on each. */
    List<BenchResult> run(String work, Setting setting, List<Peer> peers)
            throws BenchException, IOException, InterruptedException {
        try (Ground ground = Ground.make(clock)) {
            tell.accept(work + ": starting");
            List<Contender> contenders = setting.make(ground, peers);
            if (contenders.size() < 2) {
                throw new BenchException(
                        "%s: there is nobody to be measured beside. See --peer.".formatted(work));
            }
            warm(work, contenders);
            boolean restless = isRestless();
            List<List<Lap>> laps = laps(work, contenders);
            List<BenchResult> results = new ArrayList<>();
            for (int i = 1; i < contenders.size(); i++) {
                results.add(
                        paced(
                                        work,
                                        contenders.getFirst(),
                                        contenders.get(i),
                                        laps.getFirst(),
                                        laps.get(i))
                                .result(work, contenders.get(i).name(), restless));
            }
            return results;
        }
    }

    private void warm(String work, List<Contender> contenders)
            throws BenchException, InterruptedException {
        tell.accept(work + ": warming up");
        for (Contender contender : contenders) {
            if (contender.kind() == Peer.Kind.SHOESTRING) {
                warmJava(contender);
            } else {
                contender.load().run(contender.endpoint(), OptionalDouble.empty(), WARM);
            }
        }
    }

    /**
     * Until two laps in a row are about as good as the best: what is asked for often is compiled
     * again and again, and the first connections that end and come again undo some of it, so that a
     * lap may be worse than the one before.
     */
    private void warmJava(Contender contender) throws BenchException, InterruptedException {
        double best = Double.POSITIVE_INFINITY;
        int good = 0;
        for (int i = 0; i < WARM_LAPS_MAX && good < 2; i++) {
            double now = lap(contender, OptionalDouble.empty(), pace.warmLap()).cpuMicros();
            good = now < best * WARM_SHARE || now * WARM_SHARE > best ? 0 : good + 1;
            best = Math.min(best, now);
        }
    }

    private List<List<Lap>> laps(String work, List<Contender> contenders)
            throws BenchException, InterruptedException {
        List<List<Lap>> laps = new ArrayList<>();
        contenders.forEach(_ -> laps.add(new ArrayList<>()));
        for (int round = 1; round <= pace.rounds(); round++) {
            for (int i = 0; i < contenders.size(); i++) {
                Contender contender = contenders.get(i);
                Lap lap = lap(contender, OptionalDouble.empty());
                laps.get(i).add(lap);
                tell.accept(
                        "%s: round %d of %d: %s %,.0f/s, %.1f us"
                                .formatted(
                                        work,
                                        round,
                                        pace.rounds(),
                                        contender.name(),
                                        lap.outcome().perSecond(),
                                        lap.cpuMicros()));
            }
        }
        return laps;
    }

    /** Adds laps at half of what the slower of the two can do, if their load can keep to a rate. */
    private Comparison paced(
            String work, Contender ours, Contender theirs, List<Lap> ourLaps, List<Lap> theirLaps)
            throws BenchException, InterruptedException {
        List<Lap> oursPaced = new ArrayList<>();
        List<Lap> theirsPaced = new ArrayList<>();
        if (ours.load().isPaced()) {
            double rate = Math.min(rate(ourLaps), rate(theirLaps)) / 2;
            for (int round = 1; round <= pace.rounds(); round++) {
                oursPaced.add(lap(ours, OptionalDouble.of(rate)));
                theirsPaced.add(lap(theirs, OptionalDouble.of(rate)));
                tell.accept(
                        "%s: at %,.0f/s, round %d of %d: p99 %,.0f us; %s %,.0f us"
                                .formatted(
                                        work,
                                        rate,
                                        round,
                                        pace.rounds(),
                                        oursPaced.getLast().outcome().p99Micros().orElse(0),
                                        theirs.name(),
                                        theirsPaced.getLast().outcome().p99Micros().orElse(0)));
            }
        }
        return new Comparison(ourLaps, theirLaps, oursPaced, theirsPaced);
    }

    private static double rate(List<Lap> laps) {
        return Percentiles.median(
                        laps.stream().mapToDouble(lap -> lap.outcome().perSecond()).toArray())
                .orElse(0);
    }

    private Lap lap(Contender contender, OptionalDouble rate)
            throws BenchException, InterruptedException {
        return lap(contender, rate, pace.lap());
    }

    private static Lap lap(Contender contender, OptionalDouble rate, Duration length)
            throws BenchException, InterruptedException {
        double before = contender.figures().cpuMicros();
        Outcome outcome = contender.load().run(contender.endpoint(), rate, length);
        double used = contender.figures().cpuMicros() - before;
        return new Lap(outcome, used / outcome.requests(), contender.figures().residentBytes());
    }

    /** Whether the machine works while nobody asks. */
    private boolean isRestless() throws IOException, InterruptedException {
        double before = busyTicks();
        Thread.sleep(LOOK);
        double share =
                (busyTicks() - before)
                        / TICKS_PER_SECOND
                        / LOOK.toSeconds()
                        / Runtime.getRuntime().availableProcessors();
        return share > RESTLESS_SHARE;
    }

    /** All but idle and waiting for disks: proc(5), /proc/stat. */
    private static double busyTicks() throws IOException {
        String[] fields =
                Files.readString(Path.of("/proc/stat"))
                        .lines()
                        .findFirst()
                        .orElse("")
                        .split(" +", -1);
        double busy = 0;
        for (int i = 1; i < fields.length; i++) {
            // 4 and 5 are idle and waiting; 9 and 10 are counted in the first two.
            if (i != 4 && i != 5 && i < 9) {
                busy += Double.parseDouble(fields[i]);
            }
        }
        return busy;
    }
}
