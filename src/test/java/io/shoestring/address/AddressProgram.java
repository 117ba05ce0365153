package io.shoestring.address;

import io.shoestring.base.Clock;
import io.shoestring.base.Published;
import io.shoestring.base.WallClock;
import io.shoestring.model.AddressName;
import io.shoestring.model.AddressSpec;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Endpoint;
import io.shoestring.model.Follows;
import io.shoestring.model.IpPrefix;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.NodeName;
import io.shoestring.model.Topology;
import io.shoestring.monitoring.EventLog;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node's addresses without the rest of the node, for a process on a test's machine. It is told on
 * its standard input which node has the primary ({@code primary NODE EPOCH LEASE_MILLIS}, {@code
 * none}, {@code status}) and prints the events.
 */
final class AddressProgram {
    private static final DatabaseName SHOP = new DatabaseName("shop");

    private final Published<Topology> topology = new Published<>(new Topology(0, Map.of()));
    private final Clock clock = Clock.system();
    private final PrintStream out = System.out;
    private final VirtualAddresses addresses;

    private AddressProgram(String node, Path directory, List<NodeName> candidates, String... ips)
            throws Exception {
        Files.createDirectories(directory);
        EventLog events = EventLog.open(directory, WallClock.system());
        events.subscribe(
                event -> out.println(event.severity() + " " + event.epoch() + " " + event.text()));
        addresses =
                VirtualAddresses.open(
                        new NodeName(node),
                        Arrays.stream(ips).map(ip -> spec(ip, candidates)).toList(),
                        clock,
                        topology,
                        events,
                        directory);
    }

    /** Arguments: node, directory, candidates with commas, addresses. */
    public static void main(String[] arguments) throws Exception {
        List<NodeName> candidates =
                Arrays.stream(arguments[2].split(",")).map(NodeName::new).toList();
        AddressProgram program =
                new AddressProgram(
                        arguments[0],
                        Path.of(arguments[1]),
                        candidates,
                        Arrays.copyOfRange(arguments, 3, arguments.length));
        program.run();
    }

    private void run() throws Exception {
        addresses.start();
        out.println("ready");
        var reader = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line = reader.readLine();
        while (line != null) {
            obey(line.split(" "));
            line = reader.readLine();
        }
        long before = clock.nanos();
        addresses.close();
        out.println("closed in " + (clock.nanos() - before) / 1000 + " us");
    }

    private void obey(String... words) {
        if (words[0].equals("status")) {
            out.println(addresses.status());
            return;
        }
        DatabaseTopology next =
                words[0].equals("none")
                        ? DatabaseTopology.unknown(SHOP)
                        : primary(words[1], Long.parseLong(words[2]), Long.parseLong(words[3]));
        long before = clock.nanos();
        topology.publish(new Topology(topology.get().version() + 1, Map.of(SHOP, next)));
        out.println("published in " + (clock.nanos() - before) / 1000 + " us");
    }

    private DatabaseTopology primary(String node, long epoch, long leaseMillis) {
        MemberSpec member =
                new MemberSpec(
                        new MemberName(node),
                        new NodeName(node),
                        new Endpoint("10.77.0.1", 5432),
                        1);
        return new DatabaseTopology(
                SHOP,
                epoch,
                Optional.of(member),
                false,
                clock.nanos() + leaseMillis * 1_000_000,
                List.of(),
                "a test says so");
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
