package io.shoestring.sandbox.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.sandbox.machines.MachineNetwork;
import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The faults that are quickly made; {@code shoestring fault --all} makes all of them. */
@Tag("alone")
@Timeout(400)
class FaultTest {
    @TempDir(factory = InMemory.class)
    private static Path directory;

    @BeforeAll
    static void make() throws IOException {
        MachineNetwork.obstacle().ifPresent(Assumptions::abort);
        // The servers run under another account.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void aCutOffPrimaryRefusesWritesBeforeAnotherTakesThem() throws Exception {
        keeps(Engine.POSTGRESQL, List.of("machine-isolated"));
    }

    /** Not by itself: it takes as long as ten other classes. */
    @Test
    @EnabledIfSystemProperty(named = "shoestring.faults.mariadb", matches = "true")
    void theSameHoldsForMariaDb() throws Exception {
        keeps(Engine.MARIADB, List.of("machine-isolated"));
    }

    private static void keeps(Engine engine, List<String> faults) throws Exception {
        try (StageRun run =
                new StageRun(StageEngine.of(engine), directory, Clock.system(), sentence -> {})) {
            for (String fault : faults) {
                FaultResult result = run.play(Scenarios.find(fault).orElseThrow());
                assertThat(result.kept()).as(result.toString()).isTrue();
                assertThat(result.lost()).isZero();
                assertThat(result.duplicated()).isZero();
            }
        }
    }
}
