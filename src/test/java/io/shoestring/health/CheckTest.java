package io.shoestring.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig;
import io.shoestring.config.CheckConfig;
import io.shoestring.config.ConfigReader;
import io.shoestring.network.EventLoops;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** What checks conclude from what a server says, word by word; real servers are in another test. */
@Timeout(30)
class CheckTest {
    private final EventLoops loops = new EventLoops(1);
    private final Checks checks = new Checks(loops, Clock.system());
    @TempDir private Path directory;

    @AfterEach
    void end() {
        checks.close();
        loops.close(Duration.ofSeconds(1));
    }

    /** A server that says a fixed thing to whoever connects. */
    static final class Scripted implements AutoCloseable {
        final ServerSocket socket;
        final AtomicInteger accepted = new AtomicInteger();
        final AtomicBoolean silent = new AtomicBoolean();
        volatile String says;

        Scripted(String says) throws IOException {
            this.says = says;
            socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().start(this::accept);
        }

        private void accept() {
            while (true) {
                try {
                    Socket client = socket.accept();
                    accepted.incrementAndGet();
                    Thread.ofVirtual().start(() -> serve(client));
                } catch (IOException _) {
                    return;
                }
            }
        }

        private void serve(Socket client) {
            try (client) {
                if (silent.get()) {
                    client.getInputStream().readAllBytes();
                    return;
                }
                client.getOutputStream().write(says.getBytes(StandardCharsets.ISO_8859_1));
                client.shutdownOutput();
                client.getInputStream().readAllBytes();
            } catch (IOException _) {
                // The check closes as it likes.
            }
        }

        InetSocketAddress address() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** A server as the checks see it, which writes down what it is told. */
    static final class Subject implements CheckedServer {
        final List<String> found = new CopyOnWriteArrayList<>();
        final List<AgentAnswer> told = new CopyOnWriteArrayList<>();
        final AtomicBoolean checked = new AtomicBoolean(true);
        private final InetSocketAddress address;

        Subject(InetSocketAddress address) {
            this.address = address;
        }

        @Override
        public String name() {
            return "web/a";
        }

        @Override
        public InetSocketAddress address() {
            return address;
        }

        @Override
        public Optional<SslHandler> tls(ByteBufAllocator allocator) {
            return Optional.empty();
        }

        @Override
        public boolean isChecked() {
            return checked.get();
        }

        @Override
        public void found(boolean up, String why) {
            found.add((up ? "up: " : "down: ") + why);
        }

        @Override
        public void told(AgentAnswer answer) {
            told.add(answer);
        }

        void awaitFound(int count) throws InterruptedException {
            while (found.size() < count) {
                Thread.sleep(2);
            }
        }
    }

    /** The check of a backend that is written like this. */
    static CheckConfig config(String keys) {
        return backend("check: { " + keys + " }").check().orElseThrow();
    }

    static BackendConfig backend(String keys) {
        String text =
                """
                cluster: { name: edge, nodes: { local: 127.0.0.1 } }
                listeners:
                  web: { bind: 127.0.0.1:0, protocol: tcp, backend: web }
                backends:
                  web: { servers: { a: 127.0.0.1:1 }, %s }
                """
                        .formatted(keys);
        return switch (ConfigReader.read("test", text, Path.of("/tmp"))) {
            case ConfigReader.Sound(var config) -> config.backends().values().iterator().next();
            case ConfigReader.Broken(var problems) ->
                    throw new IllegalArgumentException(problems.toString());
        };
    }

    private String verdict(String keys, String answer) throws Exception {
        try (Scripted server = new Scripted(answer)) {
            Subject subject = new Subject(server.address());
            checks.check(subject, config(keys + ", every: 1s, timeout: 500ms"));
            subject.awaitFound(1);
            return subject.found.getFirst();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "protocol: tcp | '' | up: connected",
                "protocol: redis | +PONG~ | up: +PONG",
                "protocol: redis | -NOAUTH Authentication required.~ | up: -NOAUTH Authentication"
                        + " required.",
                "protocol: redis | -LOADING Redis is loading the dataset in memory~ | down:"
                        + " answered '-LOADING Redis is loading the dataset in memory'",
                "protocol: redis | '' | down: closed without an answer",
                "protocol: memcached | VERSION 1.6.18~ | up: VERSION 1.6.18",
                "protocol: memcached | ERROR~ | down: answered 'ERROR'",
                "protocol: smtp | 554 no service~ | down: answered '554 no service'",
                "protocol: mysql | '' | down: closed without an answer",
                "protocol: postgresql | HTTP/1.1 400 Bad Request~~ | down: sent what is not"
                        + " PostgreSQL's protocol",
                "http: GET / | HTTP/1.1 200 OK~~ | up: status 200 OK",
                "http: GET / | HTTP/1.1 302 Found~~ | up: status 302 Found",
                "http: GET / | HTTP/1.1 503 Service Unavailable~~ | down: status 503 Service"
                        + " Unavailable",
                "'http: GET /, status: \"503\"' | HTTP/1.1 503 No~~ | up: status 503 No",
                "http: GET / | SSH-2.0-OpenSSH~~ | down: answered what is not HTTP",
                "http: GET / | HTTP/1.1 200 OK~ | down: closed without an answer",
                "'http: GET /, body: fine' | HTTP/1.1 200 OK~~all is fine | up: status 200 OK",
                "'http: GET /, body: fine' | HTTP/1.1 200 OK~~all is bad | down: the body does not"
                        + " have what is expected of it",
                "'http: GET /, header: ''x-ready: yes''' | HTTP/1.1 200 OK~X-Ready:yes~~ | up:"
                        + " status 200 OK",
                "'http: GET /, header: X-Ready' | HTTP/1.1 200 OK~X-Ready: no~~ | up: status 200"
                        + " OK",
                "'http: GET /, header: ''X-Ready: yes''' | HTTP/1.1 200 OK~X-Ready: no~~yes | down:"
                        + " the header does not have what is expected of it",
                "protocol: tls-hello | HTTP/1.1 400 Bad Request~~ | down: answered what is not TLS",
                "protocol: tls-hello | '' | down: closed without an answer",
                "protocol: tls-hello | '\u0015\u0003\u0003\u0000\u0002\u0002p' | down: refused"
                        + " TLS (alert 112)",
                "'http: GET /, body-matches: ''^a.+e$''' | HTTP/1.1 200 OK~~all is fine | up:"
                        + " status 200 OK",
                "'http: GET /, body-matches: ''^fine''' | HTTP/1.1 200 OK~~all is fine | down: the"
                        + " body does not have what is expected of it",
            })
    void concludesFromWhatItSees(String keys, String answer, String verdict) throws Exception {
        assertThat(verdict(keys, answer.replace("~", "\r\n"))).isEqualTo(verdict);
    }

    private String verdictOf(String script, String keys) throws Exception {
        Path program = Files.writeString(directory.resolve("check"), "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        Subject subject =
                new Subject(new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711));
        ServerCheck check = checks.check(subject, config("command: [\"" + program + "\", " + keys));
        subject.awaitFound(1);
        Verdict verdict = check.latest().orElseThrow().verdict();
        return verdict.code() + " " + subject.found.getFirst();
    }

    @Test
    void aProgramIsToldWhatItLooksAtAndItsExitStatusIsBelieved() throws Exception {
        assertThat(
                        verdictOf(
                                "echo noise; echo $SHOESTRING_BACKEND $HAPROXY_SERVER_NAME"
                                        + " $HAPROXY_SERVER_PORT $*",
                                "\"{address}:{port}\", NOT_USED]"))
                .isEqualTo("PROCOK up: exit status 0: 'web a 4711 127.0.0.1:4711 NOT_USED'");
        assertThat(verdictOf("echo no queue; exit 3", "x]"))
                .isEqualTo("PROCERR down: exit status 3: 'no queue'");
    }

    @Test
    void aProgramThatTakesTooLongIsKilled() throws Exception {
        Path running = directory.resolve("running");
        assertThat(verdictOf("echo $$ > " + running + "; sleep 60", "x], timeout: 500ms"))
                .isEqualTo("PROCTOUT down: killed, as it took too long");
        long process = Long.parseLong(Files.readString(running).strip());
        while (ProcessHandle.of(process).filter(ProcessHandle::isAlive).isPresent()) {
            Thread.sleep(5);
        }
    }

    @Test
    void aServerThatSaysNothingFailsInTime() throws Exception {
        try (Scripted server = new Scripted("")) {
            server.silent.set(true);
            Subject subject = new Subject(server.address());
            ServerCheck check = checks.check(subject, config("protocol: redis, timeout: 200ms"));
            subject.awaitFound(1);
            assertThat(subject.found).containsExactly("down: no answer in time");
            Verdict verdict = check.latest().orElseThrow().verdict();
            assertThat(verdict.code()).isEqualTo(Verdict.Code.L7TOUT);
            assertThat(verdict.millis()).isBetween(150L, 2_000L);
        }
    }

    @Test
    void anEndlessAnswerIsCutOff() throws Exception {
        assertThat(
                        verdict(
                                "'body': fine, http: GET /",
                                "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(300_000)))
                .isEqualTo("down: the body does not have what is expected of it");
    }

    @Test
    void itTakesFallFailuresToGoDownAndRiseSuccessesToComeUp() throws Exception {
        try (Scripted server = new Scripted("+PONG\r\n")) {
            Subject subject = new Subject(server.address());
            ServerCheck check =
                    checks.check(
                            subject,
                            config("protocol: redis, every: 20ms, fast: 10ms, rise: 2, fall: 3"));
            subject.awaitFound(1);
            server.says = "-LOADING\r\n";
            subject.awaitFound(2);
            assertThat(check.latest().orElseThrow().failures()).isEqualTo(3);
            assertThat(check.latest().orElseThrow().falls()).isEqualTo(1);
            server.says = "+PONG\r\n";
            subject.awaitFound(3);
            assertThat(subject.found)
                    .containsExactly("up: +PONG", "down: answered '-LOADING'", "up: +PONG");
        }
    }

    @Test
    void aSingleFailureIsNoReasonToGoDown() throws Exception {
        HealthCounter counter = new HealthCounter(2, 3);
        counter.passed();
        counter.failed();
        counter.failed();
        assertThat(counter.isUp()).isTrue();
        assertThat(counter.isCertain()).isFalse();
        counter.passed();
        counter.failed();
        counter.failed();
        assertThat(counter.isUp()).isTrue();
        counter.failed();
        assertThat(counter.isUp()).isFalse();
        assertThat(counter.health()).isZero();
        counter.passed();
        assertThat(counter.isUp()).isFalse();
        counter.failed();
        counter.passed();
        assertThat(counter.isUp()).isFalse();
        counter.passed();
        assertThat(counter.isUp()).isTrue();
        assertThat(counter.health()).isEqualTo(4);
    }

    @Test
    void theFirstFailureOfAServerThatNobodyHasSeenBringsItDown() {
        HealthCounter counter = new HealthCounter(2, 3);
        assertThat(counter.isUp()).isTrue();
        counter.failed();
        assertThat(counter.isUp()).isFalse();
    }

    @Test
    void aServerInMaintenanceIsNotChecked() throws Exception {
        try (Scripted server = new Scripted("+PONG\r\n")) {
            Subject subject = new Subject(server.address());
            subject.checked.set(false);
            checks.check(subject, config("protocol: redis, every: 10ms"));
            Thread.sleep(200);
            assertThat(server.accepted.get()).isZero();
            subject.checked.set(true);
            subject.awaitFound(1);
        }
    }

    @Test
    void failedTrafficCountsOnlyIfThatIsWanted() throws Exception {
        try (Scripted server = new Scripted("+PONG\r\n")) {
            Subject ignoring = new Subject(server.address());
            Subject counting = new Subject(server.address());
            ServerCheck ignores = checks.check(ignoring, config("protocol: redis, every: 60s"));
            ServerCheck counts =
                    checks.check(
                            counting, config("protocol: redis, every: 60s, traffic: connections"));
            ignoring.awaitFound(1);
            counting.awaitFound(1);
            for (int i = 0; i < 3; i++) {
                ignores.trafficFailed("connection refused");
                counts.trafficFailed("connection refused");
            }
            counting.awaitFound(2);
            assertThat(counting.found).containsExactly("up: +PONG", "down: connection refused");
            assertThat(ignoring.found).containsExactly("up: +PONG");
        }
    }

    @Test
    void anAgentsLineIsReadWordByWord() throws Exception {
        try (Scripted agent = new Scripted("75%,maxconn:30,maint,down # disk full\n")) {
            Subject subject = new Subject(agent.address());
            checks.ask(
                    subject,
                    10,
                    new CheckConfig.Agent(agent.address().getPort(), Duration.ofSeconds(1)));
            while (subject.told.isEmpty()) {
                Thread.sleep(2);
            }
            AgentAnswer answer = subject.told.getFirst();
            assertThat(answer.up()).isEqualTo(Optional.of(false));
            assertThat(answer.why()).isEqualTo("disk full");
            assertThat(answer.wish()).isEqualTo(Optional.of(AgentAnswer.Wish.MAINTENANCE));
            assertThat(answer.weightPercent()).hasValue(75);
            assertThat(answer.maxConnections()).hasValue(30);
        }
    }

    @Test
    void whatAnAgentDoesNotMentionStays() {
        AgentAnswer answer = AgentAnswer.parse("ready\tweight:5 nonsense maxconn:x", 10);
        assertThat(answer.up()).isEmpty();
        assertThat(answer.wish()).isEqualTo(Optional.of(AgentAnswer.Wish.READY));
        assertThat(answer.weightPercent()).hasValue(50);
        assertThat(answer.maxConnections()).isEmpty();
    }
}
