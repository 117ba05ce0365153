package io.shoestring.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.admin.AdminServer;
import io.shoestring.admin.FakeNode;
import io.shoestring.admin.Situations;
import io.shoestring.admin.api.Explanation;
import io.shoestring.admin.api.Json;
import io.shoestring.config.AdminConfig;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event;
import io.shoestring.model.Event.Severity;
import io.shoestring.node.Operations;
import io.shoestring.node.Operations.Reply;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/** The commands as a person meets them, against a real admin server with an invented node. */
@Timeout(60)
class CliTest {
    private final FakeNode node = new FakeNode(Situations.good());
    @TempDir private Path directory;
    private Screen screen;
    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        Situations.tell(node);
        AdminConfig config =
                new AdminConfig(new Endpoint("127.0.0.1", 0), directory.resolve("admin.token"));
        server = new AdminServer(config, node, node, "0.1.0");
        server.start();
        screen = new Screen(directory);
        screen.environment.put("SHOESTRING_ADMIN", server.address().toString());
        screen.environment.put("SHOESTRING_TOKEN", server.token());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void statusTellsEverythingOnOneScreen() {
        assertThat(run("status")).isEqualTo(ExitCode.OK);
        assertThat(screen.out())
                .isEqualTo(
                        """
                        Cluster shop, as node local sees it (Shoestring 0.1.0)

                        shop  all well  epoch 7, availability
                          a is primary, b follows and is synchronous.
                          If a dies now, b takes over at once; no acknowledged commit is lost.

                          MEMBER  ROLE        LAG  SYNC  ADDRESS         STATE
                          a       primary       -  -     127.0.0.1:5433  takes writes
                          b       replica  1.2 kB  yes   127.0.0.1:5434  streams from a

                        LISTENER  ADDRESS         CLIENTS  WAITING  TO PRIMARY  TO REPLICAS  FAILED
                        sql       127.0.0.1:6432       24        0       18204        41377       0
                        """);
        assertThat(screen.err()).isEmpty();
    }

    @Test
    void statusIsNotWellWhenADatabaseIsNot() {
        node.show(Situations.failingOver());
        assertThat(run("status")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.out())
                .contains("shop  NOT WELL  epoch 7, availability\n")
                .contains(
                        """
                          b       replica  0 B  yes   127.0.0.1:5434  has everything that a acknowledged
                                                                      [being promoted in epoch 8]
                        """);
        assertThat(screen.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void statusPutsTheWorstFirst() {
        node.show(Situations.large());
        assertThat(run("status")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.out().indexOf("reports  NOT WELL  epoch 3, performance, paused"))
                .isPositive()
                .isLessThan(screen.out().indexOf("shop  all well"));
        assertThat(screen.out())
                .contains("writer    10.0.0.100/24  primary of shop     db0   eth0")
                .contains("refused: Another")
                .contains("reports: 4 server connections shared, 1 of them idle")
                .contains("12 open transactions went on")
                .contains("Kept by 2 clients: LISTEN.");
        assertThat(screen.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void statusIsColouredOnATerminalOnly() {
        node.show(Situations.failingOver());
        screen.terminal = true;
        run("status");
        assertThat(screen.out()).contains("\u001b[1;31mNOT WELL\u001b[0m");
        String coloured = screen.out();
        screen.clear();
        screen.environment.put("NO_COLOR", "1");
        run("status");
        assertThat(screen.out()).isEqualTo(coloured.replaceAll("\u001b\\[[0-9;]*m", ""));
    }

    @Test
    void statusAsJsonIsTheWholeStatus() {
        assertThat(run("status", "--json")).isEqualTo(ExitCode.OK);
        assertThat(Json.read(screen.out(), ClusterStatus.class)).isEqualTo(Situations.good());
    }

    @Test
    void watchedStatusFollowsAndSurvivesALostNode() throws Exception {
        Thread watcher = Thread.ofPlatform().start(() -> run("status", "--watch"));
        await().until(() -> screen.out().contains("all well"));
        node.show(Situations.alone());
        await().until(() -> screen.out().contains("rewinding"));
        server.close();
        await().until(() -> screen.err().contains("Trying again."));
        watcher.interrupt();
        watcher.join();
    }

    @Test
    void whyTellsItInSentences() {
        assertThat(run("why", "shop")).isEqualTo(ExitCode.OK);
        assertThat(screen.out())
                .isEqualTo(
                        """
                        shop
                          a is primary, b follows and is synchronous.
                          If a dies now, b takes over at once; no acknowledged commit is lost.

                          2026-08-01 10:00:02
                          b takes writes. They were held for 640 ms.
                            10:00:02.000  The server process of the primary a ended: signal 9.
                            10:00:03.000  b is promoted in epoch 8, because a is dead and b has every
                                          commit that was acknowledged.

                          Each step: 'shoestring why shop --details'.
                        """);
    }

    @Test
    void whyTellsEachStepToWhoAsksForIt() {
        assertThat(run("why", "shop", "--details")).isEqualTo(ExitCode.OK);
        assertThat(screen.out())
                .contains(
                        """

                        Each step, oldest first:
                        2026-08-01 10:00:01  shop epoch 7
                            b is synchronous: commits on a wait for it.
                        2026-08-01 10:00:02  error  shop epoch 7
                            The server process of the primary a ended: signal 9.
                        """);
    }

    @Test
    void whyWithoutANameTellsOfAll() {
        node.show(Situations.large());
        assertThat(run("why")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.out())
                .startsWith("reports\n")
                .contains("Automatic actions are paused: 'shoestring resume reports'")
                .contains("\nshop\n");
        screen.clear();
        run("why", "--json");
        assertThat(Json.read(screen.out(), Explanation[].class)).hasSize(2);
    }

    @Test
    void whyKnowsWhatThereIs() {
        assertThat(run("why", "shoop")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).isEqualTo("There is no database 'shoop'. There is: shop.\n");
    }

    @Test
    void switchoverTellsWhatHappensUntilItIsDone() {
        node.answer(new Reply(true, "Switchover op-7 from a to b is written down.", "op-7"));
        node.onCommand(() -> Thread.ofVirtual().start(this::switchOver));
        screen.environment.put("USER", "ann");
        assertThat(run("switchover", "shop", "--to", "b", "--reason", "a kernel, at last"))
                .isEqualTo(ExitCode.OK);
        assertThat(node.asked).containsExactly("switchover shop b");
        assertThat(screen.out())
                .startsWith(
                        """
                        Switchover op-7 from a to b is written down.
                          ann at 127.0.0.1 asked for 'switchover' of shop (a kernel, at last).
                          Writes are held.
                        """)
                .contains("  Switchover op-7 done: writes were held for 400 ms.\n")
                .containsPattern(
                        "\nDone: b is the primary of shop, in epoch 8\\. Writes waited for about"
                                + " 0\\.[3-7] s\\.\n$");
        assertThat(screen.err()).isEmpty();
    }

    private void switchOver() {
        node.show(Situations.switching("checkpoint"));
        sleep(200);
        node.show(Situations.switching("drain"));
        node.add(Severity.INFO, Optional.of("shop"), 7, "Writes are held.");
        sleep(400);
        node.add(
                Severity.INFO,
                Optional.of("shop"),
                8,
                "Switchover op-7 done: writes were held for 400 ms.");
        node.show(Situations.switched());
    }

    @Test
    void failoverNamesWhoTakesOverAndWhatMayBeLost() {
        node.answer(new Reply(true, "Failover s-7 from a to b is forced.", "s-7"));
        node.onCommand(() -> Thread.ofVirtual().start(this::switchOver));
        assertThat(run("failover", "shop", "--to", "b", "--accept-loss", "3MB"))
                .isEqualTo(ExitCode.OK);
        assertThat(node.asked).containsExactly("failover shop b AcceptedLoss[bytes=3145728]");
        assertThat(screen.out())
                .startsWith("Failover s-7 from a to b is forced.\n")
                .contains("Done: b is the primary of shop");
    }

    @Test
    void failoverSaysWhatWouldBeLostAndHowToAcceptIt() {
        node.answer(new Reply(false, "Data would be lost: c lacks 98 kB.", ""));
        assertThat(run("failover", "shop", "--to", "c")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).isEqualTo("Data would be lost: c lacks 98 kB.\n");
        assertThat(run("failover", "shop", "--to", "c", "--accept-loss", "some"))
                .isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("what may be lost as 12kB, 3MB, 1GB or unknown");
        assertThat(run("failover", "shop")).isEqualTo(ExitCode.USAGE);
        assertThat(node.asked).containsExactly("failover shop c AcceptedLoss[bytes=0]");
    }

    @Test
    void switchoverAsJsonIsOneObject() {
        node.onCommand(() -> Thread.ofVirtual().start(this::switchOver));
        assertThat(run("switchover", "shop", "--json")).isEqualTo(ExitCode.OK);
        SwitchoverWatch.Result result = Json.read(screen.out(), SwitchoverWatch.Result.class);
        assertThat(result.done()).isTrue();
        assertThat(result.primary()).isEqualTo("b");
        assertThat(result.epoch()).isEqualTo(8);
        assertThat(result.pauseMillis()).isBetween(250L, 900L);
    }

    @Test
    void switchoverThatIsGivenUpSaysWhy() {
        node.onCommand(() -> Thread.ofVirtual().start(this::giveUp));
        assertThat(run("switchover", "shop")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err())
                .isEqualTo(
                        "It was given up, and nothing has changed. 2 transactions did not end in"
                                + " 5 s.\n");
    }

    private void giveUp() {
        node.show(Situations.switching("drain"));
        sleep(300);
        node.add(Severity.WARNING, Optional.of("shop"), 7, "2 transactions did not end in 5 s.");
        node.show(Situations.good());
    }

    @Test
    void restartTellsWhatHappensUntilItIsOver() {
        node.answer(new Reply(true, "Rolling restart r-7 was asked for: b, then a.", "r-7"));
        node.onCommand(
                () ->
                        node.add(
                                Severity.INFO,
                                Optional.of("shop"),
                                7,
                                "Rolling restart r-7 is done;"));
        assertThat(run("restart", "shop", "--member", "b", "--member", "a", "--pending"))
                .isEqualTo(ExitCode.OK);
        assertThat(node.asked.getFirst()).startsWith("restart shop NOW [").endsWith("] pending");
        assertThat(screen.out())
                .startsWith("Rolling restart r-7 was asked for: b, then a.\n")
                .endsWith("  Rolling restart r-7 is done;\n");
        node.onCommand(
                () ->
                        node.add(
                                Severity.INFO,
                                Optional.of("shop"),
                                7,
                                "Rolling restart r-7 was given up at b: It does not start."));
        assertThat(run("restart", "shop")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("was given up at b: It does not start.");
        assertThat(run("restart", "shop", "--check")).isEqualTo(ExitCode.OK);
        assertThat(run("restart", "shop", "--check", "--cancel")).isEqualTo(ExitCode.USAGE);
        assertThat(node.asked.getLast()).isEqualTo("restart shop CHECK []");
    }

    @Test
    void switchoverThatIsRefusedSaysWhy() {
        node.answer(new Reply(false, "b does not run: wait until it follows.", ""));
        assertThat(run("switchover", "shop", "--to", "b")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).isEqualTo("b does not run: wait until it follows.\n");
        assertThat(screen.out()).isEmpty();
    }

    @Test
    void switchoverToAnotherThanWishedIsNotDone() {
        node.onCommand(() -> node.show(Situations.switched()));
        assertThat(run("switchover", "shop", "--to", "c")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).startsWith("b became the primary instead of c.");
    }

    @Test
    void pausesAndResumes() {
        assertThat(run("pause", "shop")).isEqualTo(ExitCode.OK);
        assertThat(run("resume", "shop")).isEqualTo(ExitCode.OK);
        assertThat(node.asked).containsExactly("pause shop", "resume shop");
        assertThat(screen.out()).isEqualTo("It is written down.\nIt is written down.\n");
        assertThat(run("pause", "other")).isEqualTo(ExitCode.NOT_WELL);
    }

    @Test
    void takesMembersOutOfUseAndBackIn() {
        assertThat(run("member", "offline", "shop/b")).isEqualTo(ExitCode.OK);
        assertThat(run("member", "online", "shop/b", "--json")).isEqualTo(ExitCode.OK);
        assertThat(node.asked).containsExactly("offline shop b", "online shop b");
        assertThat(screen.out()).startsWith("It is written down.\n{").contains("\"accepted\"");
        assertThat(run("member", "offline", "other/b")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(run("member", "offline", "b")).isEqualTo(ExitCode.USAGE);
        assertThat(screen.err()).contains("'b' is not DATABASE/MEMBER, such as shop/b.");
        node.answer(new Operations.Reply(false, "b is the primary.", ""));
        assertThat(run("member", "offline", "shop/b")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("b is the primary.");
    }

    @Test
    void movesAddressesAndHasThemBalanced() {
        assertThat(run("address", "move", "reader", "db1")).isEqualTo(ExitCode.OK);
        assertThat(run("address", "balance", "reader")).isEqualTo(ExitCode.OK);
        assertThat(node.asked).containsExactly("move reader db1", "move reader anywhere");
        assertThat(run("address", "move", "reader")).isEqualTo(ExitCode.USAGE);
        assertThat(run("address", "balance", "reader", "db1")).isEqualTo(ExitCode.USAGE);
        assertThat(screen.err()).contains("A NODE is needed for move, and only for move.");
    }

    @Test
    void eventsBeginWhereTheReaderIs() {
        assertThat(run("events", "--after", "3")).isEqualTo(ExitCode.OK);
        assertThat(screen.out())
                .isEqualTo(
                        """
                        2026-08-01 10:00:03  warning  shop epoch 8
                            b is promoted in epoch 8, because a is dead and b has every commit that was
                            acknowledged.
                        2026-08-01 10:00:04  shop epoch 8
                            b takes writes. They were held for 640 ms.
                        """);
    }

    @Test
    void eventsSinceATimeLeaveOutWhatIsOlder() {
        run("events", "--since", "2s", "--json");
        List<Event> shown = screen.out().lines().map(line -> Json.read(line, Event.class)).toList();
        assertThat(shown).extracting(Event::sequence).containsExactly(3L, 4L, 5L);
        assertThat(run("events", "--since", "yesterday")).isEqualTo(ExitCode.USAGE);
        assertThat(screen.err()).contains("expected a time like 30s, 10m, 2h or 1d.");
    }

    @Test
    void followedEventsComeAsTheyHappen() throws Exception {
        Thread follower =
                Thread.ofPlatform().start(() -> run("events", "--after", "4", "--follow"));
        await().until(() -> screen.out().contains("640 ms"));
        // Until the stream is open an event may be missed here, but not by the stream.
        node.add(Severity.INFO, Optional.empty(), 0, "Seen just now.");
        await().until(() -> screen.out().contains("Seen just now."));
        assertThat(screen.out()).containsOnlyOnce("Seen just now.").containsOnlyOnce("640 ms");
        server.close();
        await().until(() -> screen.err().contains("the connection ended"));
        follower.interrupt();
        follower.join();
    }

    /** As it stands in a browser's address line, and on the sheet of a sandbox. */
    @Test
    void theAddressMayBeWrittenAsABrowserShowsIt() {
        screen.environment.put("SHOESTRING_ADMIN", "http://" + server.address() + "/");
        assertThat(run("status")).isEqualTo(ExitCode.OK);
        screen.environment.put("SHOESTRING_ADMIN", "ftp://" + server.address());
        assertThat(run("status")).isEqualTo(ExitCode.USAGE);
        assertThat(screen.err()).contains("expected HOST:PORT like 127.0.0.1:6480");
    }

    @Test
    void anUnreachableNodeIsSaidInOneSentence() {
        screen.environment.put("SHOESTRING_ADMIN", "127.0.0.1:1");
        assertThat(run("status")).isEqualTo(ExitCode.NOT_REACHED);
        assertThat(screen.err())
                .startsWith("The node at 127.0.0.1:1 was not reached: ")
                .endsWith(
                        ". Is it running ('shoestring run')? If it is somewhere else, say --admin"
                                + " HOST:PORT.\n")
                .hasLineCount(1);
    }

    @Test
    void aWrongTokenIsSaidInOneSentence() {
        screen.environment.put("SHOESTRING_TOKEN", "wrong");
        assertThat(run("status")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("does not accept the token").hasLineCount(1);
    }

    @Test
    void findsTheNodeByItsConfiguration() throws IOException {
        screen.environment.clear();
        Files.writeString(directory.resolve("shoestring.yaml"), configuration());
        assertThat(run("status")).isEqualTo(ExitCode.OK);
        Files.move(directory.resolve("shoestring.yaml"), directory.resolve("other.yaml"));
        assertThat(run("status", "-c", "other.yaml")).isEqualTo(ExitCode.OK);
        assertThat(screen.err()).isEmpty();
    }

    @Test
    void prefersTheCommandLineToEverything() {
        screen.environment.put("SHOESTRING_ADMIN", "127.0.0.1:1");
        screen.environment.put("SHOESTRING_TOKEN", "wrong");
        assertThat(
                        run(
                                "status",
                                "--admin",
                                server.address().toString(),
                                "--token-file",
                                "admin.token"))
                .isEqualTo(ExitCode.OK);
    }

    @Test
    void saysWhatItNeedsToFindTheNode() throws IOException {
        screen.environment.remove("SHOESTRING_TOKEN");
        assertThat(run("status", "--token-file", "none")).isEqualTo(ExitCode.NOT_REACHED);
        assertThat(screen.err()).contains("There is no token file");
        screen.environment.clear();
        assertThat(run("status")).isEqualTo(ExitCode.USAGE);
        assertThat(screen.err()).contains("Nothing says where the node is");
        assertThat(run("status", "--admin", "nonsense")).isEqualTo(ExitCode.USAGE);
        assertThat(screen.err()).contains("expected HOST:PORT like 127.0.0.1:6480");
        Files.writeString(directory.resolve("shoestring.yaml"), "cluster: 5\n");
        assertThat(run("status")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("shoestring check ");
    }

    @Test
    void checksAConfiguration() throws IOException {
        Path file = Files.writeString(directory.resolve("shop.yaml"), configuration());
        assertThat(run("check", "shop.yaml")).isEqualTo(ExitCode.OK);
        assertThat(screen.out())
                .isEqualTo(file + " is sound: 1 database with 2 members, 1 listener.\n");
        Files.writeString(file, configuration().replace("postgresql", "postgres"));
        assertThat(run("check", "shop.yaml")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.out()).contains("shop.yaml:7:", "shop.yaml:17:");
        screen.clear();
        assertThat(run("check", "shop.yaml", "--json")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.out()).contains("\"sound\" : false", "\"line\" : 7");
        assertThat(run("check", "missing.yaml")).isEqualTo(ExitCode.NOT_WELL);
    }

    private String configuration() {
        return """
        cluster:
          name: shop
          nodes: { local: 127.0.0.1 }
          directory: state
        databases:
          shop:
            engine: postgresql
            superuser: { name: postgres, password-file: shop.password }
            members:
              a: { data: a, port: 5433 }
              b: { data: b, port: 5434 }
        listeners:
          sql:
            bind: 127.0.0.1:6432
            database: shop
            reads: replicas
            protocol: postgresql
        admin:
          bind: %s
          token-file: admin.token
        """
                .formatted(server.address());
    }

    @Test
    void usersAreWrittenBesideTheImportedConfigurationForItsOwnerOnly() throws IOException {
        Files.writeString(
                directory.resolve("haproxy.cfg"),
                """
                userlist staff
                    user bert insecure-password secret
                frontend web
                    mode http
                    bind 127.0.0.1:80
                    option forwardfor
                    http-request auth unless { http_auth(staff) }
                    default_backend app
                backend app
                    mode http
                    server a 10.0.0.1:80
                """);
        assertThat(run("import", "haproxy.cfg")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("staff.users was not written");
        screen.clear();
        assertThat(run("import", "haproxy.cfg", "-o", "imported.yaml")).isEqualTo(ExitCode.OK);
        assertThat(screen.err()).isEmpty();
        Path users = directory.resolve("staff.users");
        assertThat(users).content().startsWith("bert:$6$");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(users)))
                .isEqualTo("rw-------");
        assertThat(directory.resolve("imported.yaml")).content().contains("staff.users");

        assertThat(run("import", "haproxy.cfg", "-o", "second.yaml")).isEqualTo(ExitCode.NOT_WELL);
        assertThat(screen.err()).contains("staff.users is there already");
        assertThat(directory.resolve("second.yaml")).doesNotExist();
    }

    private int run(String... arguments) {
        return screen.run(arguments);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
