package io.shoestring.protocol.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Reading and judging the head of a request, as a program and as a browser sends it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RequestHeadBenchmark {
    private static final String SHORT = "GET /1 HTTP/1.1\r\nHost: www.example.org\r\n\r\n";
    private static final String BROWSER =
            """
            GET /shop/items/4711?from=list&page=2 HTTP/1.1
            Host: www.example.org
            User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0
            Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
            Accept-Language: en-US,en;q=0.5
            Accept-Encoding: gzip, deflate, br, zstd
            Connection: keep-alive
            Cookie: session=3b1f7b8a62c94d1e8a5c; seen=1; theme=dark
            Referer: https://www.example.org/shop/
            Upgrade-Insecure-Requests: 1
            Sec-Fetch-Dest: document
            Sec-Fetch-Mode: navigate

            """
                    .replace("\n", "\r\n");

    private final RequestHead head = new RequestHead(HeadLimits.ofDefaults());
    private final ByteBuf program = PooledByteBufAllocator.DEFAULT.directBuffer();
    private final ByteBuf browser = PooledByteBufAllocator.DEFAULT.directBuffer();

    @Setup
    public void fill() {
        program.writeCharSequence(SHORT, StandardCharsets.US_ASCII);
        browser.writeCharSequence(BROWSER, StandardCharsets.US_ASCII);
    }

    @Benchmark
    public boolean ofAProgram() {
        program.readerIndex(0);
        return head.read(program);
    }

    @Benchmark
    public boolean ofABrowser() {
        browser.readerIndex(0);
        return head.read(browser);
    }
}
