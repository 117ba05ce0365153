package io.shoestring.sandbox.fault;

/** The primary dies, and the node that has begun to help it dies in the middle of that. */
final class ConductorLoss implements Scenario.Harm {
    @Override
    public void to(Stage stage, String primary) {
        String conductor = stage.conductor().orElse(primary);
        stage.killServer(primary);
        stage.awaitWithoutPrimary(conductor);
        stage.node(conductor).kill();
    }
}
