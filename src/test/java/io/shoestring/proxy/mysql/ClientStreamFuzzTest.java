package io.shoestring.proxy.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.config.MysqlListenerConfig.Reads;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.testing.FuzzBudget;
import io.shoestring.testing.LeakWatch;
import io.shoestring.testing.MariaDb;
import io.shoestring.testing.Mutation;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/**
 * Mutated streams of clients against the listener, with a real server behind it: none disturbs
 * another connection, none leaves anything behind. A failing run prints its seed.
 */
class ClientStreamFuzzTest {
    private static final int THREADS = 4;
    private static final FuzzBudget BUDGET = new FuzzBudget(4);

    /** Commands, and what begins answers. */
    private static final byte[] TELLING = {
        0, 1, 2, 3, 4, 9, 0x0e, 0x11, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1f, -1, -2, -5
    };

    private static MariaDb server;
    private static MysqlUnderTest proxy;
    private static LeakWatch watch;

    @BeforeAll
    static void start() throws Exception {
        watch = new LeakWatch();
        server = MariaDb.start(1);
        server.root(
                "CREATE TABLE shop.items (id INT PRIMARY KEY, name TEXT)",
                "CREATE TABLE shop.witnessed (id INT)",
                "SET GLOBAL max_statement_time = 0.5",
                "SET GLOBAL innodb_lock_wait_timeout = 1");
        proxy = new MysqlUnderTest(Reads.PRIMARY, server);
    }

    @AfterAll
    static void stop() {
        proxy.close();
        server.close();
        watch.close();
    }

    @Test
    void mutatedStreamsDisturbNobody() throws Exception {
        List<byte[]> corpus = corpus();
        BUDGET.begin();
        var defects = new CopyOnWriteArrayList<String>();
        List<Thread> fuzzers =
                IntStream.range(0, THREADS)
                        .mapToObj(i -> Thread.ofPlatform().start(() -> fuzz(i, corpus, defects)))
                        .toList();
        int written = 0;
        try (Connection witness = proxy.connect("");
                Statement statement = witness.createStatement()) {
            while (fuzzers.stream().anyMatch(Thread::isAlive)) {
                statement.execute("INSERT INTO witnessed VALUES (" + written++ + ")");
                ResultSet row = statement.executeQuery("SELECT 1 + 1");
                assertThat(row.next()).isTrue();
                assertThat(row.getInt(1)).isEqualTo(2);
                Thread.sleep(5);
            }
            ResultSet row = statement.executeQuery("SELECT count(*) FROM witnessed");
            assertThat(row.next()).isTrue();
            assertThat(row.getInt(1)).isEqualTo(written);
        }
        for (Thread fuzzer : fuzzers) {
            fuzzer.join();
        }
        assertThat(defects).as(BUDGET.seedText()).isEmpty();
        assertThat(watch.lines()).as(BUDGET.seedText()).noneMatch(line -> line.contains("defect"));
        assertThat(BUDGET.messages()).isGreaterThan(10);
        System.out.println(BUDGET.messages() + " mutated messages of clients");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(proxy.listener().status().clients()).isZero());
        assertThat(proxy.listener().status().openTransactions()).isZero();
        watch.assertNothingLeaks();
    }

    private static void fuzz(int thread, List<byte[]> corpus, List<String> defects) {
        var random = new Random(BUDGET.seed() + thread);
        while (BUDGET.goesOn()) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.patience(10_000);
                send(client, random, corpus);
            } catch (SocketTimeoutException hung) {
                defects.add(hung.toString());
            } catch (IOException ended) {
                // The proxy closed it: its right.
            }
        }
    }

    private static void send(RawClient client, Random random, List<byte[]> corpus)
            throws IOException {
        if (random.nextInt(4) > 0) {
            client.in(0);
        }
        int pieces = 1 + random.nextInt(BUDGET.messagesOfStream());
        BUDGET.count(pieces);
        for (int i = 0; i < pieces; i++) {
            byte[] piece = corpus.get(random.nextInt(corpus.size()));
            client.sendRaw(random.nextInt(3) == 0 ? piece : Mutation.of(piece, random, TELLING));
        }
        switch (random.nextInt(3)) {
            case 0 -> client.reset();
            case 1 -> client.endSending();
            default -> {
                client.endSending();
                client.untilEnd();
            }
        }
    }

    private static byte[] command(int code, byte[] rest) {
        ByteBuf out = Unpooled.buffer();
        int at = Packet.begin(out, 0);
        out.writeByte(code).writeBytes(rest);
        Packet.end(out, at);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private static byte[] text(int code, String text) {
        return command(code, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] query(String sql) {
        return text(0x03, sql);
    }

    private static byte[] run(int statement, int... rest) {
        ByteBuf out = Unpooled.buffer().writeIntLE(statement).writeByte(0).writeIntLE(1);
        for (int each : rest) {
            out.writeByte(each);
        }
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return command(0x17, bytes);
    }

    /** What clients say, in commands of every kind. */
    private static List<byte[]> corpus() {
        return List.of(
                query("SELECT name FROM items WHERE id = 1"),
                query(
                        "INSERT INTO items VALUES (connection_id(), 'x') ON DUPLICATE KEY UPDATE"
                                + " name = 'y'"),
                query("BEGIN"),
                query("COMMIT"),
                query("ROLLBACK"),
                query("SAVEPOINT s"),
                query("SET autocommit = 0"),
                query("SET sql_mode = 'ANSI'"),
                query("SET @a = 1"),
                query("SELECT 1; SELECT 2; SELECT 3"),
                query("SELECT seq FROM seq_1_to_20000"),
                query("LOAD DATA LOCAL INFILE 'x' INTO TABLE items"),
                query("CREATE TEMPORARY TABLE t (id INT)"),
                query("SHOW WARNINGS"),
                query("nonsense"),
                text(0x02, "shop"),
                text(0x02, "mysql"),
                text(0x04, "items\0"),
                text(0x09, ""),
                text(0x0e, ""),
                text(0x11, "app\0\0shop\0"),
                text(0x16, "SELECT ?"),
                text(0x16, "INSERT INTO items VALUES (connection_id() + ?, ?)"),
                run(1, 0, 1, 3, 0, 7, 0, 0, 0),
                run(1, 0, 0, 7, 0, 0, 0),
                run(2, 0, 1, 3, 0, 253, 0, 7, 0, 0, 0, 1, 'x'),
                run(-1, 0, 1, 3, 0, 7, 0, 0, 0),
                command(0x18, new byte[] {1, 0, 0, 0, 0, 0, 'x', 'y'}),
                command(0x19, new byte[] {1, 0, 0, 0}),
                command(0x1a, new byte[] {1, 0, 0, 0}),
                command(0x1b, new byte[] {0, 0}),
                command(0x1c, new byte[] {1, 0, 0, 0, 10, 0, 0, 0}),
                text(0x1f, ""),
                text(0x01, ""),
                new byte[] {0, 0, 0, 0},
                new byte[] {-1, -1, -1, 0},
                query("SELECT '" + "long".repeat(30_000) + "'"),
                text(0x16, "SELECT '" + "long".repeat(30_000) + "'"));
    }
}
