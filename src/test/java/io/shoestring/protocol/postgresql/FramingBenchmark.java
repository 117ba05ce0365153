package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.TimeUnit;

/** Going from message to message through what a server has sent: the time for each of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FramingBenchmark {
    private static final int MESSAGES = 100;
    private static final int ROW_BYTES = 60;
    private static final int LENGTH_MAX = 1 << 20;

    private final ByteBuf rows = PooledByteBufAllocator.DEFAULT.directBuffer();

    @Setup
    public void fill() {
        for (int i = 0; i < MESSAGES; i++) {
            rows.writeByte('D').writeInt(Integer.BYTES + ROW_BYTES).writeZero(ROW_BYTES);
        }
    }

    @Benchmark
    @OperationsPerInvocation(MESSAGES)
    public int ofRows() {
        int at = 0;
        int seen = 0;
        while (at < rows.writerIndex()) {
            seen += MessageHeader.type(rows, at);
            at += MessageHeader.BYTES + MessageHeader.bodyLength(rows, at, LENGTH_MAX);
        }
        return seen;
    }
}
