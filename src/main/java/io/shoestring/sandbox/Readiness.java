package io.shoestring.sandbox;

import io.shoestring.model.DatabaseStatus;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Waits until a sandbox serves, step by step, and says which step did not come. */
final class Readiness {
    private static final long SECONDS_MAX = 60;
    private static final long POLL_MILLIS = 50;

    private final Sandbox sandbox;
    private final DirectAccess access;
    private final Surroundings surroundings;
    private final int replicas;
    private final long deadlineNanos;

    Readiness(Sandbox sandbox, DirectAccess access, Surroundings surroundings, int replicas) {
        this.sandbox = sandbox;
        this.access = access;
        this.surroundings = surroundings;
        this.replicas = replicas;
        this.deadlineNanos = surroundings.clock().nanos() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    }

    /** Something that comes true sooner or later; an error means: not yet. */
    @FunctionalInterface
    private interface Condition {
        boolean holds() throws SQLException;
    }

    /** Returns when everything serves. */
    void await() throws SandboxException, InterruptedException {
        until("there is no primary", () -> sandbox.primary().isPresent());
        until("the application's role and database cannot be made", this::applicationIsThere);
        surroundings.progress().accept("the primary takes writes");
        if (replicas > 0) {
            until("not every replica streams", this::everyReplicaStreams);
            until("no replica has every commit", this::isProtected);
            surroundings.progress().accept("the replicas stream");
        }
        until("the listener does not answer", this::listenerAnswers);
    }

    private void until(String problem, Condition condition)
            throws SandboxException, InterruptedException {
        Optional<String> cause = Optional.empty();
        while (true) {
            sandbox.checkNotClosing();
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (SQLException e) {
                cause = Optional.ofNullable(e.getMessage());
            }
            if (surroundings.clock().nanos() - deadlineNanos > 0) {
                throw new SandboxException(sentence(problem, cause));
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private String sentence(String problem, Optional<String> cause) {
        return "The sandbox did not come to serve within "
                + SECONDS_MAX
                + " s: "
                + problem
                + cause.map(text -> " (" + text + ")").orElse("")
                + ". "
                + sandbox.database().map(DatabaseStatus::summary).orElse("");
    }

    private boolean applicationIsThere() throws SQLException {
        access.makeApplication(
                sandbox.primary().orElse("a"),
                Sandbox.USER,
                sandbox.password(),
                SandboxConfiguration.DATABASE);
        return true;
    }

    private boolean everyReplicaStreams() throws SQLException {
        String primary = sandbox.primary().orElse("a");
        for (String member : sandbox.members().keySet()) {
            if (!member.equals(primary) && !access.isStreaming(primary, member)) {
                return false;
            }
        }
        return true;
    }

    private boolean isProtected() {
        return sandbox.database().stream()
                .flatMap(database -> database.members().stream())
                .anyMatch(member -> member.role().equals("replica") && member.synchronous());
    }

    private boolean listenerAnswers() throws SQLException {
        try (Connection connection = sandbox.connect("sandbox");
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select current_user")) {
            // MariaDB adds from where the user came.
            return rows.next() && rows.getString(1).split("@", -1)[0].equals(Sandbox.USER);
        }
    }
}
