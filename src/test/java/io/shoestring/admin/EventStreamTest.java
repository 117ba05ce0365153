package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.admin.api.Json;
import io.shoestring.config.AdminConfig;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** The stream of server-sent events, read as bytes. */
@Timeout(60)
class EventStreamTest {
    private final FakeNode node = new FakeNode(Situations.good());
    @TempDir private Path directory;
    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        Situations.tell(node);
        AdminConfig config =
                new AdminConfig(new Endpoint("127.0.0.1", 0), directory.resolve("admin.token"));
        server = new AdminServer(config, node, node, "0.1.0");
        server.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void beginsWithTheStatusAndTheEventsThatWereMissed() throws IOException {
        try (Follower follower = new Follower("?after=3")) {
            assertThat(Json.read(follower.next("status"), ClusterStatus.class))
                    .isEqualTo(Situations.good());
            assertThat(Json.read(follower.next("event"), Event.class))
                    .isEqualTo(node.since(3, 10).getFirst());
            assertThat(Json.read(follower.next("event"), Event.class).sequence()).isEqualTo(5);
        }
    }

    @Test
    void tellsOnlyWhatComesToWhoeverDoesNotSayWhereHeIs() throws IOException {
        try (Follower follower = new Follower("")) {
            follower.next("status");
            node.add(Severity.INFO, Optional.empty(), 0, "new");
            assertThat(Json.read(follower.next("event"), Event.class).text()).isEqualTo("new");
        }
    }

    @Test
    void tellsAChangedStatusWithinHalfASecond() throws IOException {
        try (Follower follower = new Follower("")) {
            follower.next("status");
            // The first look of the stream may repeat what the welcome said.
            node.show(Situations.alone());
            long begin = System.nanoTime();
            ClusterStatus seen;
            do {
                seen = Json.read(follower.next("status"), ClusterStatus.class);
            } while (!seen.equals(Situations.alone()));
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isLessThan(Duration.ofMillis(500));
        }
    }

    @Test
    void neitherRepeatsNorLeavesOutWhileManyHappen() throws Exception {
        Thread adder =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    for (int i = 0; i < 400; i++) {
                                        node.add(Severity.INFO, Optional.empty(), 0, "e" + i);
                                        pause();
                                    }
                                });
        try (Follower follower = new Follower("?after=0")) {
            List<Long> seen = new ArrayList<>();
            while (seen.size() < 405) {
                seen.add(Json.read(follower.next("event"), Event.class).sequence());
            }
            assertThat(seen).isEqualTo(LongStream.rangeClosed(1, 405).boxed().toList());
        }
        adder.join();
    }

    private static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void saysThatItIsAliveWhileNothingHappens() throws IOException {
        try (Follower follower = new Follower("")) {
            assertThat(follower.next("alive")).startsWith("{\"now\":\"20");
            assertThat(follower.next("alive")).startsWith("{\"now\":\"20");
        }
    }

    @Test
    void sendsAtMostFourStatusesInASecond() throws IOException {
        Thread changer =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                                        node.show(Situations.good(i, i));
                                        pause();
                                    }
                                });
        try (Follower follower = new Follower("")) {
            follower.next("status");
            follower.next("status");
            long begin = System.nanoTime();
            for (int i = 0; i < 8; i++) {
                follower.next("status");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isGreaterThan(Duration.ofMillis(1700));
        } finally {
            changer.interrupt();
        }
    }

    @Test
    void givesPlacesToFiftyAndFreesThem() throws IOException {
        List<Follower> followers = new ArrayList<>();
        for (int i = 0; i < EventStream.MAX_CLIENTS; i++) {
            followers.add(new Follower(""));
            followers.getLast().next("status");
        }
        try (Follower tooMuch = new Follower("")) {
            assertThat(tooMuch.statusLine).isEqualTo("HTTP/1.1 429 Too Many Requests");
        }
        followers.getFirst().close();
        await().untilAsserted(
                        () -> {
                            try (Follower again = new Follower("")) {
                                assertThat(again.statusLine).isEqualTo("HTTP/1.1 200 OK");
                            }
                        });
        for (Follower follower : followers) {
            follower.close();
        }
    }

    /** Reads messages; a chunk's length line is passed over like every line that is no field. */
    private final class Follower implements AutoCloseable {
        final String statusLine;
        private final Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().port());
        private final BufferedReader lines;

        Follower(String query) throws IOException {
            socket.setSoTimeout(15_000);
            String head =
                    "GET /api/v1/stream"
                            + query
                            + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                            + server.token()
                            + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            lines =
                    new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            statusLine = lines.readLine();
        }

        String next(String name) throws IOException {
            long begin = System.nanoTime();
            String line;
            while ((line = lines.readLine()) != null) {
                assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(PATIENCE);
                if (line.equals("event: " + name)) {
                    return lines.readLine().substring("data: ".length());
                }
            }
            throw new IOException("the stream ended");
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
