package io.shoestring.monitoring.digest;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Says how long the answers of each server took, to whoever came to one listener. Thread-safe. */
public final class ServerTimers {
    private final AnswerTimer all;
    private final Map<String, OfServer> servers = new ConcurrentHashMap<>();

    private record OfServer(SharedRequests requests, AnswerTimer timer) {}

    /**
     * @param all is told of every answer, too
     */
    public ServerTimers(AnswerTimer all) {
        this.all = requireNonNull(all, "all is null");
    }

    /**
     * The timer for answers of this server.
     *
     * @param server a name that stands in the configuration: whatever is asked for once is kept
     */
    public AnswerTimer of(String server) {
        OfServer known = servers.get(server);
        return known == null
                ? servers.computeIfAbsent(server, _ -> begin()).timer()
                : known.timer();
    }

    private OfServer begin() {
        var requests = new SharedRequests();
        return new OfServer(requests, all.at(requests));
    }

    /** What each has answered up to now, by its name. */
    public Map<String, Requests> requests() {
        Map<String, Requests> now = new TreeMap<>();
        servers.forEach((server, it) -> now.put(server, it.requests().now()));
        return now;
    }
}
