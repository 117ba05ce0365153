package io.shoestring.consensus.ratis;

import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.Relay;
import io.shoestring.consensus.TlsFiles;
import io.shoestring.model.Endpoint;
import io.shoestring.model.NodeName;
import io.shoestring.testing.FreePort;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;

/** Voters in this process, each reaching each other through a link that can be cut. */
final class RatisNodes {
    private final Path directory;
    private final Clock clock;
    private final String cluster = UUID.randomUUID().toString();
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final Map<String, Relay> links = new HashMap<>();
    private final Map<String, RatisStore> open = new ConcurrentSkipListMap<>();
    private final Map<String, RatisSettings> settings = new HashMap<>();
    private Optional<TlsFiles> tls = Optional.empty();
    int snapshotEntries = RatisSettings.USUAL_SNAPSHOT_ENTRIES;
    Duration timeout = RatisSettings.USUAL_TIMEOUT;

    RatisNodes(Path directory, Clock clock) {
        this.directory = directory;
        this.clock = clock;
    }

    RatisNodes with(TlsFiles files) {
        tls = Optional.of(files);
        return this;
    }

    /** Starts a cluster of {@code count}: n0, n1, … */
    RatisNodes form(int count) throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add("n" + i);
            ports.put("n" + i, FreePort.find());
        }
        for (String name : names) {
            start(name, RatisSettings.Start.FORM, names);
        }
        return this;
    }

    /** Starts a node that waits to be taken in. */
    RatisStore join(String name) throws Exception {
        List<String> others = List.copyOf(open.keySet());
        ports.put(name, FreePort.find());
        return start(name, RatisSettings.Start.JOIN, others);
    }

    private RatisStore start(String name, RatisSettings.Start start, List<String> peers)
            throws Exception {
        Map<NodeName, Endpoint> reached = new LinkedHashMap<>();
        for (String peer : peers) {
            int port = peer.equals(name) ? port(name) : link(name, peer).port();
            reached.put(new NodeName(peer), new Endpoint("127.0.0.1", port));
        }
        settings.put(
                name,
                new RatisSettings(
                        cluster,
                        new NodeName(name),
                        address(name),
                        reached,
                        directory(name),
                        start,
                        tls,
                        timeout,
                        snapshotEntries));
        RatisStore store = RatisStore.open(settings.get(name), clock);
        open.put(name, store);
        return store;
    }

    Path directory(String name) {
        return directory.resolve(name);
    }

    /** Where Ratis keeps the log of {@code name}. */
    Path log(String name) {
        return directory(name).resolve(Group.id(cluster).getUuid().toString()).resolve("current");
    }

    Endpoint address(String name) {
        return new Endpoint("127.0.0.1", port(name));
    }

    private int port(String name) {
        return requireNonNull(ports.get(name), name);
    }

    private Relay link(String from, String to) throws Exception {
        String key = from + ">" + to;
        if (!links.containsKey(key)) {
            links.put(key, Relay.to(port(to)));
        }
        return requireNonNull(links.get(key), key);
    }

    RatisStore store(String name) {
        return requireNonNull(open.get(name), name);
    }

    /** The node's store of each moment: calls fail while the node is down. */
    ControlStore following(String name) {
        return (ControlStore)
                Proxy.newProxyInstance(
                        RatisNodes.class.getClassLoader(),
                        new Class<?>[] {ControlStore.class},
                        (_, method, arguments) -> {
                            RatisStore store = open.get(name);
                            if (store == null) {
                                Thread.sleep(20);
                                throw new ConsensusException(name + " is down");
                            }
                            try {
                                return method.invoke(store, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    List<RatisStore> stores() {
        return List.copyOf(open.values());
    }

    List<String> names() {
        return List.copyOf(open.keySet());
    }

    RatisSettings settings(String name) {
        return requireNonNull(settings.get(name), name);
    }

    /** The one that leads, as soon as there is one. */
    String leader() {
        return await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () ->
                                open.entrySet().stream()
                                        .filter(each -> each.getValue().isLeading())
                                        .map(Map.Entry::getKey)
                                        .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    /** Some node that does not lead. */
    String follower() {
        String leader = leader();
        return open.keySet().stream()
                .filter(name -> !name.equals(leader))
                .findFirst()
                .orElseThrow();
    }

    void stop(String name) {
        requireNonNull(open.remove(name), name).close();
    }

    RatisStore restart(String name) throws Exception {
        RatisStore store = RatisStore.open(settings(name).reopening(), clock);
        open.put(name, store);
        return store;
    }

    /** Cuts {@code name} off: what it sends is lost ({@code sends}), or what is sent to it. */
    void cut(String name, boolean sends, boolean receives) {
        links.forEach(
                (link, relay) -> {
                    if (link.startsWith(name + ">")) {
                        relay.let(!sends, !receives);
                    } else if (link.endsWith(">" + name)) {
                        relay.let(!receives, !sends);
                    }
                });
    }

    /** Neither hears the other; who else there is hears both. */
    void cutBetween(String one, String other) {
        for (String link : List.of(one + ">" + other, other + ">" + one)) {
            requireNonNull(links.get(link), link).let(false, false);
        }
    }

    void heal() {
        links.values().forEach(relay -> relay.let(true, true));
    }

    public void close() throws Exception {
        open.values().forEach(RatisStore::close);
        for (Relay relay : links.values()) {
            relay.close();
        }
    }
}
