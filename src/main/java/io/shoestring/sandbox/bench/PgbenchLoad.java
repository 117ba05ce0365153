package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Transactions of PostgreSQL by pgbench, which writes down the latency of each. */
record PgbenchLoad(Ground ground, SqlShape shape, Cluster cluster) implements Load {
    private static final Duration OVERTIME = Duration.ofSeconds(60);
    private static final String SCALE = "10";
    private static final Pattern DONE =
            Pattern.compile("number of transactions actually processed: (\\d+)");
    private static final Pattern FAILED = Pattern.compile("number of failed transactions: (\\d+)");
    private static final Pattern RATE = Pattern.compile("(?m)^tps = ([\\d.]+)");
    private static final int LATENCY_FIELD = 2;

    /** Fills the tables of a cluster. */
    static void prepare(Ground ground, Cluster cluster)
            throws BenchException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Tool.PGBENCH.path().toString()));
        command.addAll(List.of("-i", "-q", "-s", SCALE));
        command.addAll(whom(cluster, cluster.primary()));
        ground.run(command, password(cluster), OVERTIME);
    }

    @Override
    public boolean isPaced() {
        return true;
    }

    @Override
    public Outcome run(Endpoint target, OptionalDouble rate, Duration length)
            throws BenchException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Tool.PGBENCH.path().toString(),
                                "-n",
                                "-b",
                                shape.script(),
                                "-M",
                                shape.mode(),
                                "-c",
                                Integer.toString(shape.clients()),
                                "-j",
                                "1",
                                "-T",
                                Long.toString(Math.max(1, length.toSeconds())),
                                "--log",
                                "--log-prefix=" + ground.path("pgbench")));
        rate.ifPresent(each -> command.addAll(List.of("-R", "%.2f".formatted(each))));
        command.addAll(whom(cluster, target));
        String said = ground.run(command, password(cluster), length.plus(OVERTIME));
        double[] micros = latencies();
        return new Outcome(
                number(DONE, said),
                number(RATE, said),
                Percentiles.of(micros, 0.5),
                Percentiles.of(micros, 0.99),
                (long) number(FAILED, said));
    }

    private static List<String> whom(Cluster cluster, Endpoint target) {
        return List.of(
                "-h",
                target.host(),
                "-p",
                Integer.toString(target.port()),
                "-U",
                cluster.user(),
                cluster.database());
    }

    private static Map<String, String> password(Cluster cluster) {
        return Map.of("PGPASSWORD", cluster.password());
    }

    private static double number(Pattern pattern, String said) throws BenchException {
        Matcher matcher = pattern.matcher(said);
        if (!matcher.find()) {
            throw new BenchException("pgbench did not say what it measured: " + said.strip());
        }
        return Double.parseDouble(matcher.group(1));
    }

    /** The files are gone afterwards. */
    private double[] latencies() throws BenchException {
        try (Stream<Path> files = Files.list(ground.path("."))) {
            double[] micros = {};
            for (Path file : files.filter(PgbenchLoad::isLog).toList()) {
                try (Stream<String> lines = Files.lines(file)) {
                    micros =
                            lines.mapToDouble(
                                            line ->
                                                    Double.parseDouble(
                                                            line.split(" ", -1)[LATENCY_FIELD]))
                                    .toArray();
                }
                Files.delete(file);
            }
            return micros;
        } catch (IOException e) {
            throw new BenchException("pgbench's log: " + e.getMessage(), e);
        }
    }

    private static boolean isLog(Path file) {
        return file.getFileName().toString().startsWith("pgbench.");
    }
}
