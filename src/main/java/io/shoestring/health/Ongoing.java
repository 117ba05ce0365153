package io.shoestring.health;

/** Questions to a server that are repeated. */
public sealed interface Ongoing permits ServerCheck, AgentCheck {
    /** Asks no further question; the answer to one that is on its way may still be told. */
    void stop();
}
