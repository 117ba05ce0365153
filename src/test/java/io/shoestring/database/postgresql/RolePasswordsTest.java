package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Published;
import io.shoestring.config.AuthQuery;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.postgresql.RolePasswords.Answer;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

@Timeout(60)
class RolePasswordsTest {
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void findsWhatIsStoredAndRemembersItWhileNoServerCanBeAsked() throws Exception {
        try (TestCluster cluster = new TestCluster("a");
                RolePasswords passwords =
                        new RolePasswords(
                                cluster.config()
                                        .spec(Map.of(new NodeName("local"), "127.0.0.1"), false),
                                new Published<>(new Topology(1, Map.of())),
                                cluster.config().superuser(),
                                nanos::get)) {
            assertThat(passwords.find("ann")).isInstanceOf(Answer.Unavailable.class);
            cluster.startPrimary("a", 1);
            cluster.sql(
                    "a",
                    """
                    CREATE ROLE ann LOGIN PASSWORD 'x';
                    SET password_encryption = 'md5';
                    CREATE ROLE bob LOGIN PASSWORD 'y';
                    CREATE ROLE "no;one" LOGIN;
                    CREATE ROLE old LOGIN PASSWORD 'x' VALID UNTIL '2001-01-01';
                    CREATE ROLE team PASSWORD 'x'
                    """);
            later(2);

            assertThat(passwords.find("ann"))
                    .isInstanceOfSatisfying(
                            Answer.Found.class,
                            found -> {
                                assertThat(found.storedPassword()).startsWith("SCRAM-SHA-256$");
                                assertThat(found.toString()).doesNotContain("SCRAM");
                            });
            assertThat(passwords.find("bob"))
                    .isInstanceOfSatisfying(
                            Answer.Found.class,
                            found -> assertThat(found.storedPassword()).startsWith("md5"));
            assertThat(passwords.find("no;one")).isInstanceOf(Answer.NoPassword.class);
            assertThat(passwords.find("old")).isInstanceOf(Answer.NoPassword.class);
            assertThat(passwords.find("team")).isInstanceOf(Answer.NoPassword.class);
            assertThat(passwords.find("nobody")).isInstanceOf(Answer.NoSuchRole.class);

            cluster.sql("a", "DROP ROLE ann");
            assertThat(passwords.find("ann")).isInstanceOf(Answer.Found.class);
            later(11);
            assertThat(passwords.find("ann")).isInstanceOf(Answer.NoSuchRole.class);

            cluster.done(new Action.Fence(new MemberName("a"), "test"));
            later(11);
            assertThat(passwords.find("bob")).isInstanceOf(Answer.Found.class);
            assertThat(passwords.find("eve")).isInstanceOf(Answer.Unavailable.class);
        }
    }

    @Test
    void whoMayNotReadPasswordsAsksAFunctionThatMay() throws Exception {
        try (TestCluster cluster = new TestCluster("a")) {
            cluster.startPrimary("a", 1);
            cluster.sql(
                    "a",
                    """
                    CREATE ROLE lookup LOGIN PASSWORD 'only asks';
                    CREATE ROLE ann LOGIN PASSWORD 'x';
                    CREATE ROLE eve LOGIN PASSWORD 'x';
                    CREATE SCHEMA lookup;
                    GRANT USAGE ON SCHEMA lookup TO lookup;
                    CREATE FUNCTION lookup.password_of(role text, OUT usename name, OUT passwd text)
                    RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
                    SET search_path = pg_catalog AS
                    $$ SELECT usename, passwd FROM pg_shadow
                       WHERE usename = role AND usename <> 'eve' $$;
                    REVOKE EXECUTE ON FUNCTION lookup.password_of(text) FROM public;
                    GRANT EXECUTE ON FUNCTION lookup.password_of(text) TO lookup
                    """);
            assertThat(ask(cluster, "SELECT * FROM lookup.password_of($1);", "ann"))
                    .isInstanceOfSatisfying(
                            Answer.Found.class,
                            found ->
                                    assertThat(found.storedPassword())
                                            .startsWith("SCRAM-SHA-256$"));
            assertThat(ask(cluster, "SELECT * FROM lookup.password_of($1)", "eve"))
                    .isInstanceOf(Answer.NoSuchRole.class);
            assertThat(ask(cluster, "SELECT $1, NULL WHERE $1 <> 'x?'", "ann"))
                    .isInstanceOf(Answer.NoPassword.class);
            assertThat(
                            ask(
                                    cluster,
                                    "SELECT usename, passwd FROM pg_shadow WHERE usename=$1",
                                    "ann"))
                    .isInstanceOfSatisfying(
                            Answer.Unavailable.class,
                            no -> assertThat(no.sentence()).contains("permission denied"));
            assertThat(ask(cluster, "SELECT $1", "ann"))
                    .isInstanceOfSatisfying(
                            Answer.Unavailable.class,
                            no -> assertThat(no.sentence()).contains("1 columns available"));
        }
    }

    private Answer ask(TestCluster cluster, String sql, String role) throws Exception {
        DatabaseConfig config = cluster.config();
        var query = new AuthQuery("lookup", cluster.passwordFile("only asks"), "postgres", sql);
        var asking =
                new DatabaseConfig(
                        config.name(),
                        config.engine(),
                        config.protection(),
                        config.programs(),
                        config.cloneRate(),
                        config.superuser(),
                        Optional.of(query),
                        config.members());
        try (RolePasswords passwords =
                RolePasswords.of(
                        asking,
                        asking.spec(Map.of(new NodeName("local"), "127.0.0.1"), false),
                        new Published<>(new Topology(1, Map.of())),
                        nanos::get)) {
            return passwords.find(role);
        }
    }

    private void later(int seconds) {
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }
}
