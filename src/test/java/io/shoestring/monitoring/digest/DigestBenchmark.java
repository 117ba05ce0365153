package io.shoestring.monitoring.digest;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * What it costs to count a statement by its kind, and a URL. {@link #everythingOfOne} is all that
 * is done for one statement because it is counted: its shape, its row, two looks at the clock, its
 * figures.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DigestBenchmark {
    private static final int KINDS = 256;

    private final DigestTable table = new DigestTable(Dialect.POSTGRESQL, 500);
    private final DigestTable urls = DigestTable.ofUrls(500);
    private final StatementNormaliser normaliser = new StatementNormaliser(Dialect.POSTGRESQL);
    private final AnswerTimer timer = new AnswerTimer(Clock.system(), WallClock.system());
    private final Shape shape = new Shape();
    private final byte[][] statements =
            IntStream.range(0, KINDS)
                    .mapToObj(
                            i ->
                                    "SELECT name, price FROM items_%d WHERE id = %d AND kind = 'of %d'"
                                            .formatted(i, 7 * i, 3 * i))
                    .map(DigestBenchmark::bytes)
                    .toArray(byte[][]::new);
    private final byte[] url = bytes("/shop/items/4711");
    private int next;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] statement() {
        next = next + 1 & KINDS - 1;
        return statements[next];
    }

    @Benchmark
    public long everythingOfOne() {
        byte[] statement = statement();
        long began = timer.now();
        shape.read(statement, 0, statement.length);
        return timer.ended(table.figures(shape), began, false, false, 100);
    }

    @Benchmark
    public Digest ofOneNotYetKnown() {
        byte[] statement = statement();
        return normaliser.digest(statement, 0, statement.length);
    }

    @Benchmark
    public Figures ofAUrl() {
        return urls.figures(url, 0, url.length);
    }
}
