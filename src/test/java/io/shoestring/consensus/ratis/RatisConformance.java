package io.shoestring.consensus.ratis;

import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.ControlStoreConformance;
import io.shoestring.consensus.ManualClock;
import io.shoestring.consensus.Scoped;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/** The conformance suite on a cluster that all its tests share. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RatisConformance extends ControlStoreConformance {
    private final ManualClock clock = new ManualClock();
    private final int voters;
    private RatisNodes nodes;
    private ControlStore store;

    RatisConformance(int voters) {
        this.voters = voters;
    }

    @BeforeAll
    void form(@TempDir Path directory) throws Exception {
        nodes = new RatisNodes(directory, clock).form(voters);
        nodes.leader();
    }

    /** Through a follower where there is one. */
    @BeforeEach
    void newRoom() {
        String asked = voters == 1 ? "n0" : nodes.follower();
        store = new Scoped(nodes.store(asked), UUID.randomUUID() + "/");
    }

    @AfterAll
    void stop() throws Exception {
        nodes.close();
    }

    @Override
    protected ControlStore store() {
        return store;
    }

    @Override
    protected void letPass(Duration duration) throws InterruptedException {
        Thread.sleep(300);
        clock.pass(duration);
        Thread.sleep(300);
    }
}
