package io.shoestring.proxy.postgresql.statement;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Whether a statement reads or writes, when it is met for the first time. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ClassifierBenchmark {
    private final StatementClassifier classifier = StatementClassifier.ofBuiltInFunctions();
    private final ByteBuf read = sql("SELECT abalance FROM pgbench_accounts WHERE aid = 4711");
    private final ByteBuf join =
            sql(
                    """
                    SELECT o.id, c.name, count(*), sum(l.price * l.amount)
                    FROM orders o JOIN customers c ON c.id = o.customer JOIN lines l ON l."order" = o.id
                    WHERE o.placed > now() - interval '7 days' AND lower(c.country) IN ('de', 'fr')
                    GROUP BY 1, 2 HAVING count(*) > 3 ORDER BY 4 DESC LIMIT 20
                    """);
    private final ByteBuf write =
            sql("UPDATE pgbench_accounts SET abalance = abalance + 5 WHERE aid = 4711");

    private static ByteBuf sql(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private Classification classify(ByteBuf sql) {
        return classifier.classify(sql, 0, sql.readableBytes(), ClientEncoding.SAFE);
    }

    @Benchmark
    public Classification ofAShortRead() {
        return classify(read);
    }

    @Benchmark
    public Classification ofAJoin() {
        return classify(join);
    }

    @Benchmark
    public Classification ofAWrite() {
        return classify(write);
    }
}
