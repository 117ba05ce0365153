package io.shoestring.sandbox;

import io.shoestring.base.Clock;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A pair of real servers without Shoestring, for the tests of the load. */
public final class TestSandbox implements AutoCloseable {
    private final AtomicReference<PlainNode> node = new AtomicReference<>();
    private final Sandbox sandbox;

    public TestSandbox() throws SandboxException {
        sandbox =
                Sandbox.start(
                        SandboxOptions.DEFAULT,
                        new Surroundings(this::start, line -> {}, log -> {}, Clock.system()));
    }

    private NodeRunner.RunningNode start(java.nio.file.Path file) throws Exception {
        PlainNode started = new PlainNode(file);
        node.set(started);
        return started;
    }

    public Sandbox sandbox() {
        return sandbox;
    }

    /** Starts a killed server in place. */
    public void startServer(String member) throws Exception {
        Objects.requireNonNull(node.get()).startServer(member);
    }

    @Override
    public void close() {
        sandbox.close();
    }
}
