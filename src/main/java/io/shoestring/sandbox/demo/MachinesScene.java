package io.shoestring.sandbox.demo;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.api.CommandReply;
import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.node.Operations.Reply;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.bank.Audit;
import io.shoestring.sandbox.fault.Stage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Three machines with a node's process on each, and the applications' machine. */
final class MachinesScene implements Scene {
    private static final int CLIENT_TIMEOUT_SECONDS = 30;

    private final Stage stage;
    private final Path parent;

    private MachinesScene(Stage stage, Path parent) {
        this.stage = stage;
        this.parent = parent;
    }

    /**
     * Makes it; blocks until everything serves.
     *
     * @param engine of its servers
     * @param parent in which it makes a directory of its own
     * @param progress is told what is done
     */
    static MachinesScene build(Engine engine, Path parent, Clock clock, Consumer<String> progress)
            throws SandboxException, InterruptedException {
        return new MachinesScene(Stage.build(engine, parent, clock, progress), parent);
    }

    @Override
    public String listener() {
        return stage.listener().toString();
    }

    @Override
    public Connection connect(String application) throws SQLException {
        return stage.access().listener(application, CLIENT_TIMEOUT_SECONDS);
    }

    @Override
    public Audit.Members direct() {
        return stage.access();
    }

    @Override
    public Map<String, Endpoint> members() {
        Map<String, Endpoint> members = new LinkedHashMap<>();
        Stage.DATABASES.forEach(name -> members.put(name, stage.server(name)));
        return members;
    }

    @Override
    public Optional<DatabaseStatus> database() {
        return stage.database();
    }

    @Override
    public OptionalLong postmaster(String member) {
        return stage.postmaster(member).stream().mapToLong(ProcessHandle::pid).findFirst();
    }

    @Override
    public Reply switchover(String to) {
        CommandReply reply = stage.switchover(to);
        return new Reply(reply.accepted(), reply.sentence(), reply.id());
    }

    @Override
    public Optional<Machines> machines() {
        return Optional.of(new OnStage());
    }

    @Override
    public Source tell(Consumer<String> listener) {
        return StageEvents.follow(stage, requireNonNull(listener, "listener is null"));
    }

    @Override
    public Path rescueLog() throws SandboxException {
        try {
            return Files.writeString(
                    Files.createTempFile(parent, "shoestring-demo-", ".log"), stage.logs());
        } catch (IOException e) {
            throw new SandboxException("Cannot keep the logs in " + parent + ": " + e, e);
        }
    }

    @Override
    public void close() {
        stage.close();
    }

    private final class OnStage implements Machines {
        @Override
        public void powerOff(String machine) {
            stage.machine(machine).powerOff();
        }

        @Override
        public void powerOn(String machine) {
            stage.powerOn(machine);
        }

        @Override
        public void cutLink() {
            String first = Stage.DATABASES.getFirst();
            stage.network().cutOneWay(first, Stage.other(first));
            stage.network().cutOneWay(Stage.other(first), first);
        }

        @Override
        public void mendLink() {
            stage.network().heal();
        }
    }
}
