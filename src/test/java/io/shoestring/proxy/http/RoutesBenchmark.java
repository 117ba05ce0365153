package io.shoestring.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.config.RouteConfig;
import io.shoestring.config.RouteConfig.Match;
import io.shoestring.protocol.http.HeadLimits;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.proxy.http.Routes.Goal;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Which of twenty routes a request takes: the first, the last. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RoutesBenchmark {
    private static final int ROUTES = 20;

    private final Routes routes =
            new Routes(
                    IntStream.range(0, ROUTES).mapToObj(RoutesBenchmark::route).toList(),
                    name -> {
                        throw new IllegalStateException(name);
                    });
    private final RequestHead first = head("/part0/page");
    private final RequestHead last = head("/part" + (ROUTES - 1) + "/page");
    private final InetAddress client = InetAddress.getLoopbackAddress();

    private static RouteConfig route(int number) {
        return new RouteConfig(
                Match.of(Optional.of("www.example.org"), Optional.of("/part" + number + "/")),
                new RouteConfig.Action.Refuse(403));
    }

    private static RequestHead head(String path) {
        RequestHead head = new RequestHead(HeadLimits.ofDefaults());
        ByteBuf in =
                Unpooled.copiedBuffer(
                        "GET " + path + " HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
                        StandardCharsets.US_ASCII);
        if (!head.read(in)) {
            throw new IllegalStateException("no whole head");
        }
        return head;
    }

    @Benchmark
    public Optional<Goal> first() {
        return routes.find(first, client);
    }

    @Benchmark
    public Optional<Goal> last() {
        return routes.find(last, client);
    }
}
