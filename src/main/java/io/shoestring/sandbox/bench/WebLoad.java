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

/**
 * Requests of HTTP/1.1: as many as there can be by wrk, at a rate by h2load, which writes down each
 * latency.
 */
final class WebLoad implements Load {
    private static final Duration OVERTIME = Duration.ofSeconds(30);
    private static final Pattern REQUESTS = Pattern.compile("(?m)^\\s*(\\d+) requests in");
    private static final Pattern RATE = Pattern.compile("(?m)^Requests/sec:\\s+([\\d.]+)");
    private static final Pattern HALF = Pattern.compile("(?m)^\\s+50%\\s+([\\d.]+)(us|ms|s)");
    private static final Pattern SLOWEST = Pattern.compile("(?m)^\\s+99%\\s+([\\d.]+)(us|ms|s)");
    private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Pattern BROKEN =
            Pattern.compile(
                    "Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

    private final Ground ground;
    private final WebShape shape;

    WebLoad(Ground ground, WebShape shape) {
        this.ground = ground;
        this.shape = shape;
    }

    @Override
    public boolean isPaced() {
        return !shape.closes() && !shape.isBulk();
    }

    @Override
    public Outcome run(Endpoint target, OptionalDouble rate, Duration length)
            throws BenchException, InterruptedException {
        return rate.isPresent()
                ? paced(target, rate.getAsDouble(), length)
                : atOnce(target, length);
    }

    private Outcome atOnce(Endpoint target, Duration length)
            throws BenchException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Tool.WRK.path().toString(),
                                "--latency",
                                "--timeout",
                                "10s",
                                "-t",
                                "1",
                                "-c",
                                Integer.toString(shape.connections()),
                                "-d",
                                Math.max(1, length.toSeconds()) + "s"));
        if (shape.closes()) {
            command.addAll(List.of("-H", "Connection: close"));
        }
        command.add(url(target));
        String said = ground.run(command, Map.of(), length.plus(OVERTIME));
        return new Outcome(
                number(REQUESTS, said),
                number(RATE, said),
                OptionalDouble.of(micros(HALF, said)),
                OptionalDouble.of(micros(SLOWEST, said)),
                errors(said));
    }

    private Outcome paced(Endpoint target, double rate, Duration length)
            throws BenchException, InterruptedException {
        Path log = ground.path("latencies");
        try {
            // It adds to what is there.
            Files.deleteIfExists(log);
            ground.run(
                    List.of(
                            Tool.H2LOAD.path().toString(),
                            "--h1",
                            "-t",
                            "1",
                            "-c",
                            Integer.toString(shape.connections()),
                            "-D",
                            Long.toString(Math.max(1, length.toSeconds())),
                            "--rps",
                            "%.2f".formatted(rate / shape.connections()),
                            "--log-file=" + log,
                            url(target)),
                    Map.of(),
                    length.plus(OVERTIME));
            return read(log, length);
        } catch (IOException e) {
            throw new BenchException("h2load: " + e.getMessage(), e);
        }
    }

    /** Each line has the start, the status, and the microseconds that it took. */
    private static Outcome read(Path log, Duration length) throws IOException {
        List<String[]> lines;
        try (Stream<String> all = Files.lines(log)) {
            lines = all.map(line -> line.split("\t", -1)).toList();
        }
        double[] micros = lines.stream().mapToDouble(line -> Double.parseDouble(line[2])).toArray();
        return new Outcome(
                micros.length,
                micros.length / (double) Math.max(1, length.toSeconds()),
                Percentiles.of(micros, 0.5),
                Percentiles.of(micros, 0.99),
                lines.stream().filter(line -> !line[1].equals("200")).count());
    }

    private String url(Endpoint target) {
        return (shape.tls() ? "https://" : "http://") + target + "/body";
    }

    private static double number(Pattern pattern, String said) throws BenchException {
        return Double.parseDouble(found(pattern, said).group(1));
    }

    private static double micros(Pattern pattern, String said) throws BenchException {
        Matcher matcher = found(pattern, said);
        double unit =
                switch (matcher.group(2)) {
                    case "us" -> 1;
                    case "ms" -> 1e3;
                    default -> 1e6;
                };
        return Double.parseDouble(matcher.group(1)) * unit;
    }

    private static Matcher found(Pattern pattern, String said) throws BenchException {
        Matcher matcher = pattern.matcher(said);
        if (!matcher.find()) {
            throw new BenchException("wrk did not say what it measured: " + said.strip());
        }
        return matcher;
    }

    private static long errors(String said) {
        long errors = 0;
        Matcher refused = REFUSED.matcher(said);
        if (refused.find()) {
            errors += Long.parseLong(refused.group(1));
        }
        Matcher broken = BROKEN.matcher(said);
        if (broken.find()) {
            for (int i = 1; i <= broken.groupCount(); i++) {
                errors += Long.parseLong(broken.group(i));
            }
        }
        return errors;
    }
}
