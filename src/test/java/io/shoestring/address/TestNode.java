package io.shoestring.address;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.consensus.LocalStore;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.AddressStatus;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Event;
import io.shoestring.model.Follows;
import io.shoestring.model.IpPrefix;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.EventLog;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A node's addresses without the rest of the node: it is told where the primary is. */
final class TestNode implements AutoCloseable {
    private static final DatabaseName SHOP = new DatabaseName("shop");

    private final Published<Topology> topology = new Published<>(new Topology(0, Map.of()));
    private final Clock clock = Clock.system();
    private final EventLog events;
    private final VirtualAddresses addresses;
    private final LocalStore store;

    /**
     * @param candidates the nodes that have members of the database, with commas
     * @param ips with their prefixes
     */
    TestNode(String node, Path directory, String candidates, String... ips) throws Exception {
        Files.createDirectories(directory);
        List<NodeName> nodes = Arrays.stream(candidates.split(",", -1)).map(NodeName::new).toList();
        events = EventLog.open(directory, WallClock.system());
        addresses =
                VirtualAddresses.open(
                        new NodeName(node),
                        Arrays.stream(ips).map(ip -> spec(ip, nodes)).toList(),
                        clock,
                        topology,
                        events,
                        directory,
                        new Nobody());
        store = LocalStore.open(directory.resolve("consensus"), node, clock);
        addresses.start(store, Map::of);
    }

    /** Publishes that the node has the primary; returns how long that took, in microseconds. */
    long primary(String node, long epoch, long leaseMillis) {
        MemberSpec member =
                new MemberSpec(
                        new MemberName(node),
                        new NodeName(node),
                        new Endpoint("10.77.0.1", 5432),
                        1);
        return publish(
                new DatabaseTopology(
                        SHOP,
                        epoch,
                        Optional.of(member),
                        false,
                        clock.nanos() + leaseMillis * 1_000_000,
                        List.of(),
                        "a test says so"));
    }

    /** Publishes that nobody has the primary; returns how long that took, in microseconds. */
    long none() {
        return publish(DatabaseTopology.unknown(SHOP));
    }

    List<AddressStatus> status() {
        return addresses.status();
    }

    /** The events so far, one line each. */
    String told() {
        return events.since(0, 1_000).stream()
                .map(TestNode::line)
                .collect(Collectors.joining("\n"));
    }

    @Override
    public void close() {
        addresses.close();
        store.close();
        events.close();
    }

    private static String line(Event event) {
        return event.severity() + " " + event.epoch() + " " + event.text();
    }

    private long publish(DatabaseTopology next) {
        long before = clock.nanos();
        topology.publish(new Topology(topology.get().version() + 1, Map.of(SHOP, next)));
        return (clock.nanos() - before) / 1_000;
    }

    private static AddressSpec spec(String text, List<NodeName> candidates) {
        String[] words = text.split("/", -1);
        return new AddressSpec(
                new AddressName("ip" + Integer.toHexString(text.hashCode())),
                new IpPrefix(words[0], Integer.parseInt(words[1])),
                Optional.empty(),
                new Follows.PrimaryOf(SHOP),
                candidates);
    }
}
