package io.shoestring.sandbox.fault;

import io.shoestring.base.Clock;
import io.shoestring.sandbox.SandboxException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Plays faults one after the other on one stage, and makes a new one when it is beyond repair. */
final class StageRun implements AutoCloseable {
    private final StageEngine engine;
    private final Path parent;
    private final Clock clock;
    private final Consumer<String> progress;
    private Optional<Stage> stage = Optional.empty();

    StageRun(StageEngine engine, Path parent, Clock clock, Consumer<String> progress) {
        this.engine = engine;
        this.parent = parent;
        this.clock = clock;
        this.progress = progress;
    }

    /** What came of it; a stage that does not recover is a promise that was not kept. */
    FaultResult play(Scenario scenario) throws SandboxException, InterruptedException {
        if (scenario.equals(SeventeenSteps.SCENARIO)) {
            return SeventeenSteps.play(engine, parent, clock, progress);
        }
        if (scenario.equals(Life.SCENARIO)) {
            return life(scenario);
        }
        Stage ready = stage();
        try {
            FaultResult result = new Trial(ready, scenario, clock).play();
            if (!result.kept()) {
                keepLogs(ready, scenario);
            }
            return result;
        } catch (SandboxException | SQLException e) {
            keepLogs(ready, scenario);
            close();
            return new FaultResult(
                    scenario.name(),
                    engine.name(),
                    scenario.promise(),
                    false,
                    0,
                    OptionalLong.empty(),
                    0,
                    0,
                    String.valueOf(e.getMessage()));
        }
    }

    private FaultResult life(Scenario scenario) throws SandboxException, InterruptedException {
        try {
            return Life.play(engine, parent, clock, progress, stage -> keepLogs(stage, scenario));
        } catch (SQLException | IllegalStateException e) {
            throw new SandboxException(scenario.name() + ": " + e.getMessage(), e);
        }
    }

    /** The stage will be gone when somebody asks why. */
    private void keepLogs(Stage broken, Scenario scenario) {
        try {
            Path file = Files.createTempFile("shoestring-fault-" + scenario.name() + "-", ".log");
            Files.writeString(file, broken.logs());
            progress.accept("what the nodes logged last is kept in " + file);
        } catch (IOException e) {
            progress.accept("what the nodes logged last cannot be kept: " + e.getMessage());
        }
    }

    private Stage stage() throws SandboxException, InterruptedException {
        if (stage.isEmpty()) {
            stage = Optional.of(Stage.build(engine, parent, clock, progress, List.of()));
        }
        return stage.orElseThrow();
    }

    @Override
    public void close() {
        stage.ifPresent(Stage::close);
        stage = Optional.empty();
    }
}
