package io.shoestring.consensus.etcd;

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
import java.util.Optional;
import java.util.UUID;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EtcdConformanceTest extends ControlStoreConformance {
    private final ManualClock clock = new ManualClock();
    private Etcd etcd;
    private EtcdStore whole;
    private ControlStore store;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        etcd = Etcd.start(directory, 1);
        whole =
                EtcdStore.open(
                        new EtcdSettings(
                                etcd.endpoints(),
                                "test",
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                EtcdSettings.USUAL_TIMEOUT),
                        clock);
    }

    @BeforeEach
    void newRoom() {
        store = new Scoped(whole, UUID.randomUUID() + "/");
    }

    @AfterAll
    void stop() throws Exception {
        whole.close();
        etcd.close();
    }

    @Override
    protected ControlStore store() {
        return store;
    }

    /** Every half second the leases are looked at. */
    @Override
    protected void letPass(Duration duration) throws InterruptedException {
        Thread.sleep(700);
        clock.pass(duration);
        Thread.sleep(700);
    }
}
