package io.shoestring.sandbox.fault;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.SandboxException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Plays faults one after the other on one stage, and makes a new one when it is beyond repair. */
final class StageRun implements AutoCloseable {
    private final Path parent;
    private final Clock clock;
    private final Consumer<String> progress;
    private Optional<Stage> stage = Optional.empty();
    private Optional<Path> directory = Optional.empty();

    StageRun(Path parent, Clock clock, Consumer<String> progress) {
        this.parent = parent;
        this.clock = clock;
        this.progress = progress;
    }

    /** What came of it; a stage that does not recover is a promise that was not kept. */
    FaultResult play(Scenario scenario) throws SandboxException, IOException, InterruptedException {
        if (scenario.equals(SeventeenSteps.SCENARIO)) {
            return seventeenSteps();
        }
        Stage ready = stage();
        try {
            return new Trial(ready, scenario, clock).play();
        } catch (SandboxException | SQLException e) {
            close();
            return new FaultResult(
                    scenario.name(),
                    "postgresql",
                    scenario.promise(),
                    false,
                    0,
                    OptionalLong.empty(),
                    0,
                    0,
                    String.valueOf(e.getMessage()));
        }
    }

    /** It has more machines, and its own. */
    private FaultResult seventeenSteps()
            throws SandboxException, IOException, InterruptedException {
        Path made = Files.createTempDirectory(parent, "shoestring-fault-");
        try {
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
            return SeventeenSteps.play(made, clock, progress);
        } finally {
            delete(made);
        }
    }

    private Stage stage() throws SandboxException, IOException, InterruptedException {
        if (stage.isEmpty()) {
            Path made = Files.createTempDirectory(parent, "shoestring-fault-");
            directory = Optional.of(made);
            stage = Optional.of(Stage.build(made, clock, progress));
        }
        return stage.orElseThrow();
    }

    @Override
    public void close() {
        stage.ifPresent(Stage::close);
        stage = Optional.empty();
        directory.ifPresent(StageRun::delete);
        directory = Optional.empty();
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
