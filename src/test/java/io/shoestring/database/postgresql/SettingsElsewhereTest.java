package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** A server whose postgresql.conf is not in its data directory, as Debian's tools make it. */
@Timeout(180)
class SettingsElsewhereTest {
    private static final MemberName A = new MemberName("a");
    private static final MemberName B = new MemberName("b");

    @TempDir private Path debian;

    @Test
    void suchAPairLivesThroughCloneFailoverAndRewind() throws Exception {
        try (TestCluster cluster = TestCluster.withSettingsElsewhere("a", "b")) {
            Path etc = cluster.configured("a").configFile().orElseThrow();
            String before = Files.readString(etc);
            cluster.startPrimary("a", 1);
            assertThat(cluster.value("a", "SHOW config_file")).isEqualTo(etc.toString());
            assertThat(cluster.value("a", "SHOW shoestring.epoch")).isEqualTo("1");
            assertThat(Files.readString(etc))
                    .startsWith(before)
                    .endsWith(
                            "\ninclude_if_exists = '%s/shoestring.conf'\n"
                                    .formatted(data(cluster)));
            assertThat(Files.readString(etc.resolveSibling("start.conf")))
                    .isEqualTo("# who starts it\n\nmanual # Shoestring starts it\n");

            cluster.followed("b", "a", 1);
            cluster.synchronous("a", 1, "b");
            cluster.sql("a", "CREATE TABLE t (x text)");
            cluster.synchronous("a", 1);
            cluster.done(new Action.Stop(B, "test"));
            cluster.sql("a", "INSERT INTO t VALUES ('only here')");
            cluster.done(new Action.Fence(A, "test"));
            cluster.done(new Action.Promote(B, 2, "test"));
            cluster.sql("b", "INSERT INTO t VALUES ('new')");

            Outcome outcome = cluster.follow("a", "b", 2);
            assertThat(outcome).isInstanceOf(Outcome.Done.class);
            assertThat(outcome.sentence()).contains("rewound");
            assertThat(cluster.state("a"))
                    .isInstanceOfSatisfying(
                            MemberState.Replica.class,
                            replica -> assertThat(replica.streaming()).isTrue());
            assertThat(cluster.value("a", "SHOW config_file")).isEqualTo(etc.toString());
            assertThat(Files.readString(etc).split("/shoestring.conf'", -1)).hasSize(2);
        }
    }

    @Test
    void withoutAnyMainFileItSaysWhereItLooked() throws Exception {
        try (TestCluster cluster = TestCluster.withSettingsElsewhere("a")) {
            Path etc = cluster.configured("a").configFile().orElseThrow();
            Files.delete(etc);
            Outcome outcome = cluster.perform(new Action.StartPrimary(A, 1, Set.of(), "test"));
            assertThat(outcome).isInstanceOf(Outcome.Failed.class);
            assertThat(outcome.sentence()).contains("There is no " + etc, "config-file");
        }
    }

    @Test
    void debiansIsFoundByTheDataDirectoryThatItNames() throws Exception {
        DataDirectory mine = new DataDirectory(debian.resolve("data/mine"));
        Path other = cluster("14/main", "data_directory = '/elsewhere'\n");
        Path found =
                cluster(
                        "15/main",
                        "# data_directory = '/comment'\nData_Directory '"
                                + mine.path()
                                + "'\t# ours\n");
        assertThat(MainFile.of(Optional.empty(), mine, debian.resolve("etc")))
                .isEqualTo(new MainFile(found, true));
        assertThat(MainFile.of(Optional.of(other), mine, debian.resolve("etc")))
                .isEqualTo(new MainFile(other, true));
        DataDirectory another = new DataDirectory(debian.resolve("data/another"));
        assertThat(MainFile.of(Optional.empty(), another, debian.resolve("etc")))
                .isEqualTo(new MainFile(another.file("postgresql.conf"), false));
        assertThat(MainFile.of(Optional.empty(), another, debian.resolve("nowhere")).outside())
                .isFalse();
    }

    private Path cluster(String name, String text) throws IOException {
        Path directory = Files.createDirectories(debian.resolve("etc").resolve(name));
        return Files.writeString(directory.resolve("postgresql.conf"), text);
    }

    private static Path data(TestCluster cluster) {
        return cluster.data("a");
    }
}
