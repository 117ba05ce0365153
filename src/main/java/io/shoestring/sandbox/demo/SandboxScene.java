package io.shoestring.sandbox.demo;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Published.Subscription;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;
import io.shoestring.node.Operations.Reply;
import io.shoestring.sandbox.Sandbox;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.bank.Audit;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** One machine: a sandbox, with the node in this process. */
final class SandboxScene implements Scene {
    private final Sandbox sandbox;

    SandboxScene(Sandbox sandbox) {
        this.sandbox = requireNonNull(sandbox, "sandbox is null");
    }

    @Override
    public String listener() {
        return sandbox.listener().toString();
    }

    @Override
    public Connection connect(String application) throws SQLException {
        return sandbox.connect(application);
    }

    @Override
    public Audit.Members direct() {
        return sandbox.access();
    }

    @Override
    public Map<String, Endpoint> members() {
        return sandbox.members();
    }

    @Override
    public Optional<DatabaseStatus> database() {
        return sandbox.database();
    }

    @Override
    public OptionalLong postmaster(String member) {
        return sandbox.postmaster(member);
    }

    @Override
    public Reply switchover(String to) {
        return sandbox.operations()
                .switchover(new DatabaseName("app"), Optional.of(new MemberName(to)));
    }

    @Override
    public Optional<Machines> machines() {
        return Optional.empty();
    }

    @Override
    public Source tell(Consumer<String> listener) {
        Subscription subscription =
                sandbox.events().subscribe(event -> listener.accept(event.text()));
        return subscription::close;
    }

    @Override
    public Path rescueLog() throws SandboxException {
        return sandbox.rescueLog();
    }

    @Override
    public void close() {
        sandbox.close();
    }
}
