package io.shoestring.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.MemberName;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;

@Timeout(30)
class EngineChecksTest {
    private static final String MEMBERS =
            """
                  a: { node: local, data: /tmp/a, port: 3301 }
                  b: { node: local, data: /tmp/b, port: 3302 }
            """;

    @TempDir private Path directory;

    @Test
    void aPairOfMariaDbServersBehindAMysqlListenerIsSound() throws Exception {
        assertThat(problems("", MEMBERS, "protocol: mysql, database: shop")).isEmpty();
    }

    @Test
    void whatOnlyPostgresqlHasIsNamed() throws Exception {
        assertThat(problems("    auth-query: yes\n", MEMBERS, "protocol: mysql, database: shop"))
                .contains("databases.shop.auth-query: is for databases whose engine is postgresql");
    }

    @Test
    void aListenerSpeaksWhatItsDatabaseSpeaks() throws Exception {
        assertThat(problems("", MEMBERS, "protocol: postgresql, database: shop"))
                .contains("the members of database 'shop' do not speak postgresql");
    }

    @Test
    void aMysqlListenerNamesItsServersOnce() throws Exception {
        assertThat(
                        problems(
                                "",
                                MEMBERS,
                                "protocol: mysql, database: shop, servers: { x: 127.0.0.1:3399 }"))
                .contains("listeners.sql.servers: is said by `database` already");
        assertThat(problems("", MEMBERS, "protocol: mysql"))
                .contains("has neither servers nor a database");
        assertThat(problems("", MEMBERS, "protocol: mysql, database: shp"))
                .contains("there is no database 'shp'");
    }

    @Test
    void aThirdSuccessorIsRefusedWhereCommitsWait() throws Exception {
        String three = MEMBERS + "      c: { node: local, data: /tmp/c, port: 3303 }\n";
        assertThat(problems("", three, "protocol: mysql, database: shop"))
                .contains("databases.shop.members.c: is a third member that may be promoted");
        assertThat(
                        problems(
                                "    protection: performance\n",
                                three,
                                "protocol: mysql, database: shop"))
                .isEmpty();
    }

    @Test
    void maximumIsForPostgresqlAndNeedsAReplica() throws Exception {
        assertThat(
                        problems(
                                "    protection: maximum\n",
                                MEMBERS,
                                "protocol: mysql, database: shop"))
                .contains("protection: maximum is for databases whose engine is postgresql");
        assertThat(maximum(1)).isEmpty();
        assertThat(maximum(0)).contains("protection: maximum needs two members that may be");
    }

    @Test
    void twoMariaDbServersMayFollowEachOther() throws Exception {
        String mutual = "    topology: mutual\n";
        String listener = "protocol: mysql, database: shop";
        assertThat(problems(mutual, MEMBERS, listener)).isEmpty();
        ShoestringConfig config =
                ((ConfigReader.Sound) ConfigReader.read(directory.resolve("shoestring.yaml")))
                        .config();
        DatabaseConfig shop = config.databases().values().iterator().next();
        assertThat(shop.topology()).isEqualTo(DatabaseConfig.Topology.MUTUAL);
        assertThat(shop.followedByPrimary(new MemberName("a"), config.cluster().nodes()))
                .hasValueSatisfying(it -> assertThat(it.name().value()).isEqualTo("b"));
        String three = MEMBERS + "      c: { node: local, data: /tmp/c, port: 3303 }\n";
        assertThat(problems(mutual + "    protection: performance\n", three, listener))
                .contains("topology: mutual is between two members that may be promoted, and here")
                .contains("are 3");
        assertThat(problems(mutual, three.replace("3303", "3303, priority: 0"), listener))
                .isEmpty();
        assertThat(replicated("topology: mutual", ""))
                .contains("topology: mutual is for databases whose engine is mariadb");
    }

    @Test
    void rowsAreComparedAtATimeThatComesAgain() throws Exception {
        String listener = "protocol: mysql, database: shop";
        for (String time : List.of("sunday 03:00", "\"23:59\"")) {
            assertThat(problems("    compare-rows: " + time + "\n", MEMBERS, listener)).isEmpty();
        }
        DatabaseConfig shop =
                ((ConfigReader.Sound) ConfigReader.read(directory.resolve("shoestring.yaml")))
                        .config()
                        .databases()
                        .values()
                        .iterator()
                        .next();
        assertThat(shop.compareRows())
                .contains(new WeeklyTime(Optional.empty(), LocalTime.of(23, 59)));
        assertThat(problems("    compare-rows: sunday 24:00\n", MEMBERS, listener))
                .contains("'sunday 24:00' is no time of the day or week")
                .contains("sunday 03:00");
        assertThat(replicated("compare-rows: sunday 03:00", ""))
                .contains("compare-rows: is for databases whose engine is mariadb");
    }

    @Test
    void anUpstreamIsAnotherMemberThatIsNotDelayedAndNoRing() throws Exception {
        assertThat(members("a: %s, upstream: b }", "b: %s }", "c: %s, upstream: a }")).isEmpty();
        assertThat(members("a: %s, upstream: b }", "b: %s, upstream: a }", "c: %s, upstream: a }"))
                .contains("members.a.upstream: is a ring: a from b from a; leave it out")
                .contains("members.b.upstream: is a ring: b from a from b; leave it out")
                .doesNotContain("members.c.upstream");
        assertThat(members("a: %s, delay: 1h }", "b: %s, upstream: a }", "c: %s, upstream: d }"))
                .contains("members.b.upstream: a is delayed on purpose")
                .contains("members.c.upstream: there is no member 'd'; expected a or b or c");
    }

    private String members(String... each) throws Exception {
        StringBuilder text = new StringBuilder();
        for (String member : each) {
            char name = member.charAt(0);
            String where = "{ data: /tmp/%s, port: %d".formatted(name, 3_301 + name - 'a');
            text.append("      ").append(member.formatted(where)).append('\n');
        }
        return problems(
                "    protection: performance\n",
                text.toString(),
                "protocol: mysql, database: shop");
    }

    private String maximum(int priorityOfB) throws Exception {
        return replicated("protection: maximum", "", priorityOfB);
    }

    private String replicated(String protection, String more) throws Exception {
        return replicated(protection, more, 1);
    }

    private String replicated(String protection, String more, int priorityOfB) throws Exception {
        Path file =
                Files.writeString(
                        directory.resolve("shoestring.yaml"),
                        """
                        cluster: { name: trial, nodes: { local: 127.0.0.1 }, directory: state }
                        databases:
                          shop:
                            engine: postgresql
                            %s
                        %s    superuser: { name: agent, password-file: password }
                            members:
                              a: { data: /tmp/a, port: 3301 }
                              b: { data: /tmp/b, port: 3302, priority: %d }
                        """
                                .formatted(protection, more, priorityOfB));
        return switch (ConfigReader.read(file)) {
            case ConfigReader.Sound _ -> "";
            case ConfigReader.Broken(var problems) -> problems.toString();
        };
    }

    @Test
    void aLossLimitIsForWhoMayLoseSomething() throws Exception {
        String limit = "    loss-limit: { megabytes: 64, time: 4s }\n";
        assertThat(
                        problems(
                                "    protection: performance\n" + limit,
                                MEMBERS,
                                "protocol: mysql, database: shop"))
                .contains("databases.shop.loss-limit: is for databases whose engine is postgresql");
        assertThat(replicated("protection: availability", limit))
                .contains("loss-limit: is for protection: performance")
                .contains("loss-limit.time: is too short");
        assertThat(replicated("protection: performance", limit.replace("4s", "5s"))).isEmpty();
    }

    @Test
    void whatIsOnlyObservedHasAddressesAndNothingOfAServerThatIsHandled() throws Exception {
        assertThat(observed("", "{ address: db.example.com, port: 5432 }", "")).isEmpty();
        assertThat(observed("", "{ port: 5432 }", "")).isEmpty();
        assertThat(observed("", "{ node: local, data: /d, port: 5432, priority: 1 }", ""))
                .contains(
                        "members.a.node: is for databases that are managed",
                        "members.a.data: is for databases that are managed",
                        "members.a.priority: is for databases that are managed");
        assertThat(observed("    protection: performance\n", "{ port: 5432 }", ""))
                .contains("databases.shop.protection: is for databases that are managed");
        assertThat(
                        observed(
                                "",
                                "{ port: 5432 }",
                                "addresses: { w: { address: 10.9.9.9/24, follows: primary of shop"
                                        + " } }\n"))
                .contains("is only observed (manage: no), so no address can follow it");
        assertThat(problems("    manage: no\n", MEMBERS, "protocol: mysql, database: shop"))
                .contains("manage: can be no only for databases whose engine is postgresql");
    }

    @Test
    void whatIsManagedNeedsADirectoryAndHasNoAddressOfItsOwn() throws Exception {
        String text = observed("", "{ address: 10.0.0.1, port: 5432 }", "");
        assertThat(text).isEmpty();
        Path file = directory.resolve("shoestring.yaml");
        Files.writeString(file, Files.readString(file).replace("manage: no", "manage: yes"));
        assertThat(ConfigReader.read(file).toString())
                .contains("members.a.data: is missing; expected")
                .contains("members.a.address: is for databases with manage: no");
    }

    private String observed(String keys, String member, String rest) throws Exception {
        Path file =
                Files.writeString(
                        directory.resolve("shoestring.yaml"),
                        """
                        cluster: { name: trial, nodes: { local: 127.0.0.1 }, directory: state }
                        databases:
                          shop:
                            engine: postgresql
                            manage: no
                        %s    superuser: { name: watcher, password-file: password }
                            members:
                              a: %s
                        %s\
                        """
                                .formatted(keys, member, rest));
        return switch (ConfigReader.read(file)) {
            case ConfigReader.Sound _ -> "";
            case ConfigReader.Broken(var problems) -> problems.toString();
        };
    }

    private String problems(String keys, String members, String listener) throws Exception {
        Path file =
                Files.writeString(
                        directory.resolve("shoestring.yaml"),
                        """
                        cluster:
                          name: shop
                          nodes: { local: 127.0.0.1 }
                        databases:
                          shop:
                            engine: mariadb
                            superuser: { name: agent, password-file: /tmp/p }
                        """
                                + keys
                                + "    members:\n"
                                + members
                                + """
                                listeners:
                                  sql: { bind: 127.0.0.1:3300, %s }
                                """
                                        .formatted(listener));
        return switch (ConfigReader.read(file)) {
            case ConfigReader.Sound _ -> "";
            case ConfigReader.Broken(var problems) -> problems.toString();
        };
    }
}
