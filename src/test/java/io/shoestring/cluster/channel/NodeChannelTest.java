package io.shoestring.cluster.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.shoestring.cluster.channel.PeerException.Outcome;
import io.shoestring.cluster.identity.Authority;
import io.shoestring.cluster.identity.Fingerprint;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

@Timeout(60)
class NodeChannelTest {
    private static final Duration SOON = Duration.ofSeconds(25);
    private static final NodeName DB0 = new NodeName("db0");
    private static final NodeName DB1 = new NodeName("db1");

    private static final ChannelLimits LARGE = Machines.LIMITS.withFrameBytesMax(4 << 20);

    private final Machines machines = new Machines();

    @AfterEach
    void stop() {
        machines.close();
    }

    private static JsonNode text(String text) {
        return JsonNodeFactory.instance.stringNode(text);
    }

    private static PeerException refusal(NodeChannel from, NodeName to, JsonNode question) {
        return failure(from.peer(to), question, SOON);
    }

    private static PeerException failure(Peer peer, JsonNode question, Duration deadline) {
        return catchThrowableOfType(
                PeerException.class, () -> peer.call("echo", question, deadline));
    }

    private NodeChannel echo(String name) throws IOException {
        return served(machines.start(name));
    }

    private static NodeChannel served(NodeChannel channel) {
        channel.serve("echo", (peer, question) -> text(peer + " said " + question.asString()));
        return channel;
    }

    @Test
    void answersEachPeerByTheNameInItsCertificate() throws Exception {
        List<NodeChannel> three = List.of(echo("db0"), echo("db1"), echo("witness"));
        for (NodeChannel asking : three) {
            for (NodeChannel asked : three) {
                JsonNode answer =
                        asking.peer(asked.identity().node()).call("echo", text("hello"), SOON);
                assertThat(answer.asString()).isEqualTo(asking.identity().node() + " said hello");
            }
        }
    }

    @Test
    void refusesANodeOfAnotherCluster() throws Exception {
        NodeChannel db0 = echo("db0");
        var other =
                machines.outsider(
                        Machines.identity(
                                Machines.authority("shop"),
                                "db1",
                                Instant.now(),
                                Authority.NODE_LIFETIME),
                        Machines.LIMITS);

        PeerException refusal = refusal(other, DB0, text("hello"));

        assertThat(refusal.outcome()).isEqualTo(Outcome.NOT_SENT);
        assertThat(refusal)
                .hasMessageContaining("its certificate is of cluster shop")
                .hasMessageContaining("this node belongs to cluster shop")
                .hasMessageContaining("'shoestring join'");
        assertThat(db0.identity().cluster()).isNotEqualTo(other.identity().cluster());
    }

    @Test
    void aServerRefusesACertificateOfAnotherClusterEvenIfItsOwnerBelievesTheServer()
            throws Exception {
        NodeChannel db0 = echo("db0");
        machines.members.put(DB1, new Endpoint("127.0.0.1", 1));
        var impostor =
                Machines.identity(
                        Machines.authority("shop"), "db1", Instant.now(), Authority.NODE_LIFETIME);

        Frame first = CarelessClient.firstFrame(db0.address(), impostor);

        assertThat(first.kind()).isEqualTo(Frame.Kind.REFUSED);
        assertThat(first.text()).startsWith("its certificate is of cluster shop");
    }

    @Test
    void refusesAnExpiredCertificateAndSaysWhichClockSaysSo() throws Exception {
        echo("db0");
        var expired =
                Machines.identity(
                        machines.authority,
                        "db1",
                        Instant.now().minus(Duration.ofDays(20)),
                        Duration.ofDays(10));
        var channel = served(machines.start(expired, Machines.LIMITS));

        assertThat(refusal(channel, DB0, text("hello")))
                .hasMessageContaining("it refused this node: its certificate ended at");
        assertThat(refusal(machines.start("witness"), DB1, text("hello")))
                .hasMessageContaining("its certificate ended at")
                .hasMessageContaining("10 days ago by this machine's clock")
                .hasMessageContaining("NTP");
    }

    @Test
    void tellsAWrongClockFromAnOldCertificate() throws Exception {
        NodeChannel db0 = echo("db0");
        var early =
                Machines.identity(
                        machines.authority,
                        "db1",
                        Instant.now().plus(Duration.ofHours(25)),
                        Authority.NODE_LIFETIME);
        served(machines.start(early, Machines.LIMITS));

        assertThat(refusal(db0, DB1, text("hello")))
                .hasMessageContaining("its certificate is valid from")
                .hasMessageContaining("earlier: one of the two clocks is wrong; set both by NTP");
    }

    @Test
    void aCertificateIsGoodForAClockThatIsAnHourOff() throws Exception {
        NodeChannel db0 = echo("db0");
        served(
                machines.start(
                        Machines.identity(
                                machines.authority,
                                "db1",
                                Instant.now().plus(Duration.ofHours(1)),
                                Authority.NODE_LIFETIME),
                        Machines.LIMITS));

        assertThat(db0.peer(DB1).call("echo", text("hello"), SOON).asString())
                .isEqualTo("db0 said hello");
    }

    @Test
    void refusesAnAddressAtWhichThereIsAnotherNode() throws Exception {
        NodeChannel db0 = echo("db0");
        NodeChannel witness = echo("witness");
        machines.members.put(DB1, witness.address());

        assertThat(refusal(db0, DB1, text("hello")))
                .hasMessageContaining("is node witness; check cluster.nodes");
    }

    @Test
    void refusesANodeThatIsNoMember() throws Exception {
        echo("db0");
        var removed = machines.outsider(machines.identity("db9"), Machines.LIMITS);

        PeerException refusal = refusal(removed, DB0, text("hello"));

        assertThat(refusal.outcome()).isEqualTo(Outcome.NOT_SENT);
        assertThat(refusal)
                .hasMessageContaining("db9 is no node of the configuration that db0 has");
    }

    @Test
    void dropsAConnectionWhenItsNodeIsNoMemberAnyMore() throws Exception {
        NodeChannel db0 = echo("db0");
        NodeChannel db1 = echo("db1");
        db1.peer(DB0).call("echo", text("hello"), SOON);
        CompletableFuture<PeerException> poll = new CompletableFuture<>();
        db0.serve(
                "poll",
                (_, _) -> {
                    Thread.sleep(Duration.ofMinutes(1));
                    return text("never");
                });
        Thread.ofVirtual()
                .start(
                        () ->
                                poll.complete(
                                        catchThrowableOfType(
                                                PeerException.class,
                                                () ->
                                                        db1.peer(DB0)
                                                                .call(
                                                                        "poll",
                                                                        text(""),
                                                                        Duration.ofMinutes(1)))));
        await().pollDelay(Duration.ofMillis(100)).until(() -> !poll.isDone());

        machines.members.remove(DB1);
        db0.dropRemoved();

        assertThat(poll.get(20, TimeUnit.SECONDS).outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(refusal(db1, DB0, text("hello"))).hasMessageContaining("is no node of");
    }

    @Test
    void cutsAPeerThatStandsStillHoweverLongTheDeadline() throws Exception {
        NodeChannel db0 = machines.start("db0");
        NodeChannel db1 = machines.start("db1");
        CountDownLatch asked = new CountDownLatch(1);
        db1.serve(
                "poll",
                (_, _) -> {
                    asked.countDown();
                    Thread.sleep(Duration.ofMinutes(1));
                    return text("late");
                });
        try (StandingProxy proxy = new StandingProxy(db1.address())) {
            machines.members.put(DB1, proxy.address());
            Instant began = Instant.now();
            CompletableFuture<Throwable> poll = new CompletableFuture<>();
            Thread.ofVirtual()
                    .start(
                            () ->
                                    poll.complete(
                                            catchThrowableOfType(
                                                    PeerException.class,
                                                    () ->
                                                            db0.peer(DB1)
                                                                    .call(
                                                                            "poll",
                                                                            text(""),
                                                                            Duration.ofMinutes(
                                                                                    1)))));
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

            proxy.stand();

            assertThat(poll.get(20, TimeUnit.SECONDS))
                    .hasMessageContaining("nothing was heard of it for 1.2 s");
            assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(20));
        }
    }

    @Test
    void aLongPollOutlivesTheSilenceOfItsHandler() throws Exception {
        NodeChannel db0 = machines.start("db0");
        NodeChannel db1 = machines.start("db1");
        db1.serve(
                "poll",
                (_, _) -> {
                    Thread.sleep(Machines.LIMITS.silence().multipliedBy(3));
                    return text("news");
                });

        assertThat(db0.peer(DB1).call("poll", text(""), Duration.ofMinutes(1)).asString())
                .isEqualTo("news");
    }

    @Test
    void keepsItsDeadlineAndTellsTheHandlerThatNobodyWaits() throws Exception {
        NodeChannel db0 = machines.start("db0");
        NodeChannel db1 = machines.start("db1");
        CountDownLatch interrupted = new CountDownLatch(1);
        db1.serve(
                "echo",
                (_, _) -> {
                    try {
                        Thread.sleep(Duration.ofMinutes(1));
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                        throw e;
                    }
                    return text("late");
                });

        db1.serve("warm", (_, question) -> question);
        db0.peer(DB1).call("warm", text(""), SOON);

        PeerException late = failure(db0.peer(DB1), text("hello"), Duration.ofMillis(700));

        assertThat(late.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(late).hasMessageContaining("no answer within");
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void refusesWhatIsTooLargeInBothDirections() throws Exception {
        NodeChannel db0 = machines.start(machines.identity("db0"), LARGE);
        NodeChannel db1 = echo("db1");
        db1.serve("large", (_, _) -> text("x".repeat(2 << 20)));

        PeerException answer =
                catchThrowableOfType(
                        PeerException.class, () -> db0.peer(DB1).call("large", text(""), SOON));
        assertThat(answer.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(answer).hasMessageContaining("its answer has 2097154 bytes, at most 1048576");

        PeerException tooLarge = refusal(db0, DB1, text("x".repeat(5 << 20)));
        assertThat(tooLarge.outcome()).isEqualTo(Outcome.NOT_SENT);
        assertThat(tooLarge).hasMessageContaining("at most 4194304 go in one message");

        // Small enough for the sender, too large for the receiver: the connection is cut.
        assertThat(refusal(db0, DB1, text("x".repeat(2 << 20))).outcome())
                .isEqualTo(Outcome.UNKNOWN);
        assertThat(db0.peer(DB1).call("echo", text("again"), SOON).asString())
                .isEqualTo("db0 said again");
    }

    @Test
    void carriesManyLongPollsAtOnceAndRefusesTheOneTooMany() throws Exception {
        ChannelLimits few = Machines.LIMITS.withCallsMax(200);
        NodeChannel db0 = machines.start(machines.identity("db0"), LARGE);
        NodeChannel db1 = machines.start(machines.identity("db1"), few);
        CountDownLatch released = new CountDownLatch(1);
        AtomicInteger waiting = new AtomicInteger();
        db1.serve(
                "echo",
                (_, question) -> {
                    waiting.incrementAndGet();
                    released.await();
                    return question;
                });
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var polls =
                    IntStream.range(0, 200)
                            .mapToObj(
                                    each ->
                                            callers.submit(
                                                    () ->
                                                            db0.peer(DB1)
                                                                    .call(
                                                                            "echo",
                                                                            text("" + each),
                                                                            Duration.ofSeconds(
                                                                                    20))))
                            .toList();
            await().until(() -> waiting.get() == 200);
            assertThat(refusal(db0, DB1, text("one more")))
                    .hasMessageContaining("200 questions of this node to answer already");
            released.countDown();
            for (int each = 0; each < 200; each++) {
                assertThat(polls.get(each).get().asString()).isEqualTo("" + each);
            }
        }
    }

    @Test
    void reconnectsWhenThePeerIsBack() throws Exception {
        NodeChannel db0 = echo("db0");
        NodeChannel before = echo("db1");
        db0.peer(DB1).call("echo", text("one"), SOON);
        before.close();
        assertThat(refusal(db0, DB1, text("two")).outcome())
                .isIn(Outcome.NOT_SENT, Outcome.UNKNOWN);
        PeerException gone = refusal(db0, DB1, text("three"));
        assertThat(gone.outcome()).isEqualTo(Outcome.NOT_SENT);
        // Refused, or reset by a socket that is just being closed.
        assertThat(gone).hasMessageContaining("db1").hasMessageContaining("cannot be reached");

        echo("db1");

        assertThat(db0.peer(DB1).call("echo", text("four"), SOON).asString())
                .isEqualTo("db0 said four");
    }

    @Test
    void tellsTheSentenceOfARefusalAndHidesNothingOfAFault() throws Exception {
        NodeChannel db0 = machines.start("db0");
        NodeChannel db1 = machines.start("db1");
        db1.serve(
                "echo",
                (_, question) -> {
                    if (question.asString().equals("no")) {
                        throw new RefusedException("the disk is full");
                    }
                    throw new IllegalStateException("broken");
                });

        PeerException no = refusal(db0, DB1, text("no"));
        assertThat(no.outcome()).isEqualTo(Outcome.REFUSED);
        assertThat(no).hasMessageEndingWith("refused 'echo': the disk is full");
        assertThat(refusal(db0, DB1, text("fault"))).hasMessageContaining("broken");
        assertThat(
                        catchThrowableOfType(
                                PeerException.class,
                                () -> db0.peer(DB1).call("nothing", text(""), SOON)))
                .hasMessageContaining("it knows no 'nothing'");
    }

    @Test
    void closesAConnectionThatDoesNotSpeakTls() throws Exception {
        NodeChannel db0 = echo("db0");
        try (Socket socket = new Socket(db0.address().host(), db0.address().port())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readAllBytes().length).isLessThan(100);
        }
        assertThat(db0.peer(DB0).call("echo", text("well"), SOON).asString())
                .isEqualTo("db0 said well");
    }

    @Test
    void doesNotWaitForAMachineThatTakesConnectionsAndSaysNothing() throws Exception {
        NodeChannel db0 = machines.start("db0");
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            machines.members.put(DB1, new Endpoint("127.0.0.1", mute.getLocalPort()));
            PeerException late = failure(db0.peer(DB1), text(""), Duration.ofMillis(300));
            assertThat(late.outcome()).isEqualTo(Outcome.NOT_SENT);
            assertThat(late).hasMessageContaining("no connection within 300 ms");
        }
    }

    @Test
    void showsARenewedCertificateToNewConnections() throws Exception {
        NodeChannel db0 = echo("db0");
        NodeChannel db1 =
                served(
                        machines.start(
                                Machines.identity(
                                        machines.authority,
                                        "db1",
                                        Instant.now().minus(Duration.ofDays(20)),
                                        Duration.ofDays(10)),
                                Machines.LIMITS));
        assertThat(refusal(db0, DB1, text("hello"))).hasMessageContaining("ended");

        db1.use(machines.identity("db1"));

        assertThat(db0.peer(DB1).call("echo", text("hello"), SOON).asString())
                .isEqualTo("db0 said hello");
    }

    @Test
    void aStrangerMayOnlyAskWhatIsOpenToStrangers() throws Exception {
        NodeChannel db0 = echo("db0");
        db0.serveStrangers("join", (peer, _) -> text("[" + peer + "]"));
        var stranger =
                new Stranger(db0.address(), Fingerprint.of(machines.authority.certificate()));

        assertThat(stranger.ask("join", text(""), SOON).asString()).isEqualTo("[]");
        assertThat(
                        catchThrowableOfType(
                                PeerException.class, () -> stranger.ask("echo", text(""), SOON)))
                .hasMessageContaining("knows no 'echo'");
    }
}
