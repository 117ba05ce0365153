package io.shoestring.consensus.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.StoreFaults;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** An etcd of three real processes; each store knows all members and asks its own one first. */
@EnabledIfSystemProperty(named = "consensus.faults", matches = "true")
class EtcdFaultsTest extends StoreFaults {
    @TempDir private Path directory;

    /** Set by {@link #start}, before anything else. */
    @SuppressWarnings("NullAway.Init")
    private Etcd etcd;

    private final Map<String, ControlStore> stores = new LinkedHashMap<>();

    @Override
    protected List<ControlStore> start() throws Exception {
        etcd = Etcd.start(directory, 3);
        for (int i = 0; i < 3; i++) {
            List<URI> endpoints = new ArrayList<>(etcd.endpoints());
            Collections.rotate(endpoints, -i);
            stores.put("e" + i, open(endpoints));
        }
        etcd.leader();
        return List.copyOf(stores.values());
    }

    private static ControlStore open(List<URI> endpoints) throws Exception {
        return EtcdStore.open(
                new EtcdSettings(
                        endpoints,
                        "test",
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofSeconds(3)),
                Clock.system());
    }

    @Override
    protected String leader() throws Exception {
        return etcd.leader();
    }

    @Override
    protected List<String> members() {
        return List.copyOf(stores.keySet());
    }

    @Override
    protected ControlStore storeOf(String member) {
        return requireNonNull(stores.get(member), member);
    }

    @Override
    protected void kill(String member) throws Exception {
        etcd.kill(member);
    }

    @Override
    protected void restart(String member) throws Exception {
        etcd.start(member);
    }

    @Override
    protected String nameIn(String sentence, String member) {
        return "http://127.0.0.1:" + etcd.port(member) + " does not answer";
    }

    @AfterEach
    @Override
    protected void stop() throws Exception {
        stores.values().forEach(ControlStore::close);
        etcd.close();
    }

    @Test
    void aLeaderThatHangsIsPassedBy() throws Exception {
        start();
        String leader = leader();
        ControlStore store = storeOf(leader);
        List<String> seen = new CopyOnWriteArrayList<>();
        AutoCloseable watch = store.watch("a", entry -> seen.add(entry.value()));
        awaitPut(store, "a", "1");
        etcd.signal(leader, "STOP");
        awaitPut(store, "a", "2");
        awaitValue(store, "a", "2");
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(seen).containsExactly("1", "2"));
        etcd.signal(leader, "CONT");
        awaitValue(store, "a", "2");
        watch.close();
    }

    @Test
    void aWatchGoesOnAfterAnInterruptionAndACompaction() throws Exception {
        start();
        ControlStore store = storeOf("e0");
        List<String> seen = new CopyOnWriteArrayList<>();
        AutoCloseable watch = store.watch("k", entry -> seen.add(entry.value()));
        awaitPut(store, "k", "1");
        await().until(() -> seen.equals(List.of("1")));
        for (String member : members()) {
            kill(member);
        }
        for (String member : members()) {
            restart(member);
        }
        awaitPut(store, "k", "2");
        awaitPut(store, "k", "3");
        long revision = store.get("k").orElseThrow().revision();
        etcd.post(etcd.leader(), "/v3/kv/compaction", "{\"revision\":\"" + revision + "\"}");
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(seen).startsWith("1").endsWith("3"));
        assertThat(seen).doesNotHaveDuplicates();
        watch.close();
    }
}
