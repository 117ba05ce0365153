package io.shoestring.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

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
        assertThat(problems("    clone-rate: 100\n", MEMBERS, "protocol: mysql, database: shop"))
                .contains("databases.shop.clone-rate: is for databases whose engine is postgresql");
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
