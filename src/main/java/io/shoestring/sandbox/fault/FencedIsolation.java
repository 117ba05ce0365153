package io.shoestring.sandbox.fault;

import io.shoestring.sandbox.SandboxException;

/** A machine that nobody hears any more, and that the others can switch off. */
final class FencedIsolation implements Scenario.Harm {
    @Override
    public void prepare(Stage stage) throws SandboxException, InterruptedException {
        stage.fence().install();
    }

    @Override
    public void to(Stage stage, String primary) {
        stage.network().isolate(primary);
    }
}
