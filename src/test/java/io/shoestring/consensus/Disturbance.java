package io.shoestring.consensus;

/** What goes wrong while a load runs. */
@FunctionalInterface
public interface Disturbance {
    void happen() throws Exception;
}
