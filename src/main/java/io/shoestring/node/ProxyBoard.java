package io.shoestring.node;

import io.shoestring.base.Clock;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.NodeName;
import io.shoestring.model.ProxyFacts;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What the proxies of the other nodes said when they asked the conductor for the topology. One that
 * has been silent for two seconds is not waited for: its transactions end with their server.
 *
 * <p>Thread-safe.
 */
public final class ProxyBoard {
    private static final long SILENT_NANOS = Duration.ofSeconds(2).toNanos();

    private record Said(long atNanos, long version, Map<DatabaseName, Integer> open) {}

    private final Clock clock;
    private final Map<NodeName, Said> said = new HashMap<>();
    private final Map<DatabaseName, Long> published = new HashMap<>();
    private long version;

    /**
     * @param others the other nodes: each is taken to be living, and to know nothing, at first
     */
    public ProxyBoard(Clock clock, Set<NodeName> others) {
        this.clock = clock;
        others.forEach(node -> said(node, 0, Map.of()));
    }

    /**
     * A node asked: it has applied {@code appliedVersion} of this board, 0 for none of it. Whether
     * that, or what it has open, is another than before.
     */
    public final synchronized boolean said(
            NodeName node, long appliedVersion, Map<DatabaseName, Integer> open) {
        Said now = new Said(clock.nanos(), appliedVersion, Map.copyOf(open));
        Said before = said.put(node, now);
        return before == null
                || before.version() != now.version()
                || !before.open().equals(now.open());
    }

    /** A part of the topology was published; wakes who waits for it. */
    public synchronized void published(DatabaseName database) {
        version++;
        published.put(database, version);
        notifyAll();
    }

    /** The newest version: grows with everything that is published. */
    public synchronized long version() {
        return version;
    }

    /** Waits until there is something newer than {@code known}, for so long at most. */
    public synchronized void await(long known, long millis) throws InterruptedException {
        long end = clock.nanos() + Duration.ofMillis(millis).toNanos();
        long left = end - clock.nanos();
        while (version <= known && left > 0) {
            wait(left / 1_000_000 + 1);
            left = end - clock.nanos();
        }
    }

    /**
     * What the living proxies elsewhere have open, and how many do not know the newest part yet.
     */
    public synchronized ProxyFacts facts(DatabaseName database) {
        long newest = published.getOrDefault(database, 0L);
        int open = 0;
        int unaware = 0;
        for (Said each : said.values()) {
            if (clock.nanos() - each.atNanos() < SILENT_NANOS) {
                open += each.open().getOrDefault(database, 0);
                unaware += each.version() < newest ? 1 : 0;
            }
        }
        return new ProxyFacts(open, unaware);
    }
}
