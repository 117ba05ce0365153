package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Transactions of MariaDB by sysbench. */
record SysbenchLoad(Ground ground, SqlShape shape, Cluster cluster) implements Load {
    private static final Duration OVERTIME = Duration.ofSeconds(90);
    private static final Pattern DONE = Pattern.compile("transactions:\\s+(\\d+)\\s+\\(([\\d.]+)");
    private static final Pattern FAILED = Pattern.compile("ignored errors:\\s+(\\d+)");
    private static final Pattern SLOWEST = Pattern.compile("99th percentile:\\s+([\\d.]+)");
    private static final double MICROS_PER_MILLI = 1e3;

    /** Fills the tables of a cluster. */
    static void prepare(Ground ground, SqlShape shape, Cluster cluster)
            throws BenchException, InterruptedException {
        List<String> command = command(shape, cluster, cluster.primary());
        command.add("prepare");
        ground.run(command, Map.of(), OVERTIME);
    }

    @Override
    public boolean isPaced() {
        return true;
    }

    @Override
    public Outcome run(Endpoint target, OptionalDouble rate, Duration length)
            throws BenchException, InterruptedException {
        List<String> command = command(shape, cluster, target);
        command.addAll(
                List.of(
                        "--threads=" + shape.clients(),
                        "--time=" + Math.max(1, length.toSeconds()),
                        "--percentile=99",
                        "--db-ps-mode=" + shape.mode()));
        rate.ifPresent(each -> command.add("--rate=" + Math.max(1, Math.round(each))));
        command.add("run");
        String said = ground.run(command, Map.of(), length.plus(OVERTIME));
        Matcher done = found(DONE, said);
        return new Outcome(
                Double.parseDouble(done.group(1)),
                Double.parseDouble(done.group(2)),
                OptionalDouble.empty(),
                OptionalDouble.of(
                        Double.parseDouble(found(SLOWEST, said).group(1)) * MICROS_PER_MILLI),
                Long.parseLong(found(FAILED, said).group(1)));
    }

    private static List<String> command(SqlShape shape, Cluster cluster, Endpoint target)
            throws BenchException {
        return new ArrayList<>(
                List.of(
                        Tool.SYSBENCH.path().toString(),
                        shape.script(),
                        "--db-driver=mysql",
                        "--mysql-host=" + target.host(),
                        "--mysql-port=" + target.port(),
                        "--mysql-user=" + cluster.user(),
                        "--mysql-password=" + cluster.password(),
                        "--mysql-db=" + cluster.database(),
                        "--tables=4",
                        "--table-size=10000"));
    }

    private static Matcher found(Pattern pattern, String said) throws BenchException {
        Matcher matcher = pattern.matcher(said);
        if (!matcher.find()) {
            throw new BenchException("sysbench did not say what it measured: " + said.strip());
        }
        return matcher;
    }
}
