package io.shoestring.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.model.NodeName;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

@Timeout(120)
class FenceCommandTest {
    private static final NodeName DB0 = new NodeName("db0");

    @TempDir private Path directory;

    private FenceCommand.Result run(Duration timeout, String script, String... words)
            throws Exception {
        Path program = directory.resolve("fence");
        Files.writeString(program, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        List<String> command = new java.util.ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(words));
        return new FenceCommand(command, timeout).run(DB0, "10.0.0.10");
    }

    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    void exitStatusZeroMeansOffAndTheLastLineIsKept() throws Exception {
        FenceCommand.Result result =
                run(
                        LONG,
                        "echo first; echo \"$1 $2 $SHOESTRING_NODE $SHOESTRING_ADDRESS\" >&2; echo",
                        "{node}",
                        "at={address}");
        assertThat(result.off()).isTrue();
        assertThat(result.sentence()).isEqualTo("db0 at=10.0.0.10 db0 10.0.0.10");
    }

    @Test
    void anyOtherStatusIsAFailureWithWhatItSaid() throws Exception {
        FenceCommand.Result result = run(LONG, "echo no way to the power strip; exit 3");
        assertThat(result.off()).isFalse();
        assertThat(result.sentence())
                .isEqualTo(
                        "the fence command ended with status 3, saying 'no way to the power"
                                + " strip'.");
    }

    @Test
    void whatTakesTooLongIsKilledWithWhatItStarted() throws Exception {
        Path file = directory.resolve("child");
        FenceCommand.Result result =
                run(
                        Duration.ofSeconds(2),
                        "sleep 300 & echo $! > " + file + "; echo waiting; wait");
        assertThat(result.off()).isFalse();
        assertThat(result.sentence()).contains("was killed after 2000 ms").contains("'waiting'");
        long child = Long.parseLong(Files.readString(file).strip());
        await().atMost(LONG)
                .until(() -> ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void whatSaysVeryMuchIsNotHeldUp() throws Exception {
        FenceCommand.Result result =
                run(LONG, "yes talking | head -c 3000000; printf 'the end'; exit 1");
        assertThat(result.sentence()).contains("'the end'");
    }

    @Test
    void aProgramThatIsNotThereIsNamed() throws Exception {
        FenceCommand.Result result =
                new FenceCommand(List.of("/nowhere/fence"), LONG).run(DB0, "10.0.0.10");
        assertThat(result.off()).isFalse();
        assertThat(result.sentence()).contains("/nowhere/fence");
    }
}
