package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** Three real processes on three machines, as {@code docs/guide/cluster.md} sets them up. */
@Timeout(300)
class ThreeMachinesTest {
    @TempDir(factory = InMemory.class)
    private Path directory;

    private ThreeMachines cluster;

    @BeforeEach
    void make() throws Exception {
        cluster = new ThreeMachines(directory);
    }

    @AfterEach
    void remove() {
        cluster.close();
    }

    @Test
    void aWholeMachineIsLostAndComesBack() throws Exception {
        cluster.found();
        assertThat(cluster.query("create table t (n int); insert into t values (1) returning n"))
                .isEqualTo("1");
        assertThat(cluster.machine("db0").has(ThreeMachines.ADDRESS)).isTrue();
        cluster.machine("db0").powerOff();
        cluster.await(() -> cluster.query("insert into t values (2) returning n").equals("2"));
        assertThat(cluster.machine("db1").has(ThreeMachines.ADDRESS)).isTrue();

        cluster.machine("db0").powerOn();
        cluster.start("db0");
        cluster.awaitHealthy();
        assertThat(cluster.query("select count(*) from t")).isEqualTo("2");
    }
}
