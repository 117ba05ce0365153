package io.shoestring.sandbox.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.machines.MachineNetwork;
import io.shoestring.testing.InMemory;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

@Timeout(500)
class SeventeenStepsTest {
    @TempDir(factory = InMemory.class)
    private static Path directory;

    @Test
    void aQuerySucceedsAfterEachStep() throws Exception {
        MachineNetwork.obstacle().ifPresent(Assumptions::abort);
        // The servers run under another account.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        FaultResult result = SeventeenSteps.play(directory, Clock.system(), sentence -> {});
        assertThat(result.note()).as(result.toString()).isEqualTo("11 queries");
    }
}
