package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shoestring.testing.LeakWatch;

import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.Grpc;
import org.apache.ratis.thirdparty.io.grpc.InsecureChannelCredentials;
import org.apache.ratis.thirdparty.io.grpc.InsecureServerCredentials;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor.MethodType;
import org.apache.ratis.thirdparty.io.grpc.Server;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls of gRPC by its own client, through the listener, to its own server. */
@Timeout(120)
class GrpcTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final MethodDescriptor<String, String> ONE = method("One", MethodType.UNARY);
    private static final MethodDescriptor<String, String> MANY =
            method("Many", MethodType.SERVER_STREAMING);
    private static final MethodDescriptor<String, String> TALK =
            method("Talk", MethodType.BIDI_STREAMING);

    @TempDir private Path directory;
    private final LeakWatch leaks = new LeakWatch();
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();
    private Server server;
    private WebUnderTest web;
    private ManagedChannel channel;

    private static MethodDescriptor<String, String> method(String name, MethodType type) {
        return MethodDescriptor.<String, String>newBuilder()
                .setFullMethodName("test.Trial/" + name)
                .setType(type)
                .setRequestMarshaller(new Text())
                .setResponseMarshaller(new Text())
                .build();
    }

    /** Messages are plain text. */
    private static final class Text implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @BeforeEach
    void start() throws Exception {
        server =
                Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                        .addService(
                                ServerServiceDefinition.builder("test.Trial")
                                        .addMethod(ONE, ServerCalls.asyncUnaryCall(this::one))
                                        .addMethod(
                                                MANY,
                                                ServerCalls.asyncServerStreamingCall(this::many))
                                        .addMethod(
                                                TALK,
                                                ServerCalls.asyncBidiStreamingCall(GrpcTest::talk))
                                        .build())
                        .build()
                        .start();
        web =
                new WebUnderTest(
                        directory,
                        "backend: web\nhttp2: always",
                        "web: { http2: always, servers: { one: \"127.0.0.1:%d\" } }"
                                .formatted(server.getPort()));
        channel =
                Grpc.newChannelBuilderForAddress(
                                "127.0.0.1", web.port(), InsecureChannelCredentials.create())
                        .build();
    }

    @AfterEach
    void stop() throws Exception {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        web.close();
        server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
        leaks.assertNothingLeaks();
        leaks.close();
    }

    private void one(String asked, StreamObserver<String> answers) {
        if (asked.equals("fail")) {
            answers.onError(Status.NOT_FOUND.withDescription("no such thing").asException());
            return;
        }
        answers.onNext("heard " + asked);
        answers.onCompleted();
    }

    /** Endless, as fast as the client takes it. */
    private void many(String asked, StreamObserver<String> answers) {
        var call = (ServerCallStreamObserver<String>) answers;
        call.setOnCancelHandler(cancelled::incrementAndGet);
        call.setOnReadyHandler(
                () -> {
                    while (call.isReady()) {
                        call.onNext(asked);
                        sent.incrementAndGet();
                    }
                });
    }

    private static StreamObserver<String> talk(StreamObserver<String> answers) {
        return new StreamObserver<>() {
            @Override
            public void onNext(String said) {
                answers.onNext(said.toUpperCase(java.util.Locale.ROOT));
            }

            @Override
            public void onError(Throwable gone) {}

            @Override
            public void onCompleted() {
                answers.onNext("bye");
                answers.onCompleted();
            }
        };
    }

    private String call(String asked) {
        return ClientCalls.blockingUnaryCall(channel, ONE, CallOptions.DEFAULT, asked);
    }

    @Test
    void oneIsAskedAndAnswers() {
        assertThat(call("hello")).isEqualTo("heard hello");
        String large = "x".repeat(3_000_000);
        assertThat(call(large)).isEqualTo("heard " + large);
    }

    @Test
    void aStatusComesInTheTrailers() {
        assertThatThrownBy(() -> call("fail"))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage("NOT_FOUND: no such thing");
        assertThat(call("again")).isEqualTo("heard again");
    }

    @Test
    void bothTalkAtTheSameTime() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        StreamObserver<String> mouth =
                ClientCalls.asyncBidiStreamingCall(
                        channel.newCall(TALK, CallOptions.DEFAULT), into(heard));
        for (String word : List.of("one", "two", "three")) {
            // Each word is answered before the next is said.
            mouth.onNext(word);
            assertThat(heard.poll(30, TimeUnit.SECONDS))
                    .isEqualTo(word.toUpperCase(java.util.Locale.ROOT));
        }
        mouth.onCompleted();
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("bye");
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("end");
    }

    private static ClientObserver into(BlockingQueue<String> heard) {
        return new ClientObserver(heard);
    }

    /** Writes down what comes. */
    private record ClientObserver(BlockingQueue<String> heard) implements StreamObserver<String> {
        @Override
        public void onNext(String value) {
            heard.add(value);
        }

        @Override
        public void onError(Throwable gone) {
            heard.add("error: " + gone.getMessage());
        }

        @Override
        public void onCompleted() {
            heard.add("end");
        }
    }

    @Test
    void whoTakesNothingHoldsBackItsServerAndWhoLeavesEndsTheCall() {
        String message = "x".repeat(10_000);
        Iterator<String> answers =
                ClientCalls.blockingServerStreamingCall(
                        channel, MANY, CallOptions.DEFAULT, message);
        assertThat(answers.next()).isEqualTo(message);
        int[] before = {-1};
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(500))
                .until(
                        () -> {
                            boolean stands = before[0] == sent.get();
                            before[0] = sent.get();
                            return stands;
                        });
        // The buffers on the way are far smaller than this.
        assertThat(sent.get()).isLessThan(3_000);
        assertThat(call("meanwhile")).isEqualTo("heard meanwhile");
        int stood = sent.get();
        for (int i = 0; i < stood + 100; i++) {
            assertThat(answers.next()).isEqualTo(message);
        }
        channel.shutdownNow();
        await().atMost(PATIENCE).until(() -> cancelled.get() == 1);
        var place = web.backends().get("web").servers().getFirst();
        await().atMost(PATIENCE).until(() -> place.connections() == 0);
    }

    @Test
    void aServerThatGoesIsTold() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        StreamObserver<String> mouth =
                ClientCalls.asyncBidiStreamingCall(
                        channel.newCall(TALK, CallOptions.DEFAULT), into(heard));
        mouth.onNext("one");
        assertThat(heard.poll(30, TimeUnit.SECONDS)).isEqualTo("ONE");
        server.shutdownNow();
        assertThat(heard.poll(30, TimeUnit.SECONDS)).startsWith("error: ");
        assertThatThrownBy(() -> call("hello"))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageStartingWith("UNAVAILABLE");
    }
}
