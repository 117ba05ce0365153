package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.model.NodeName;
import io.shoestring.proxy.source.RateTable;
import io.shoestring.proxy.source.RateTable.Used;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Tells the other nodes what clients have used here of the limits that are shared, and hears what
 * they have used there: a client who is led to two balancers may not do twice as much. What does
 * not arrive is lost, and the client may do that much more; nobody waits for it.
 */
final class RateExchange implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RateExchange.class);
    private static final String PATH = "/rates/used";
    private static final long BETWEEN_MILLIS = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Of one limit at once: who uses most of all is told within a few rounds, too. */
    private static final int KEYS_MAX = 5_000;

    /** By the name of the limit. */
    record News(Map<String, List<Used>> used) {
        News {
            used = Map.copyOf(used);
        }
    }

    /** It was heard. */
    record Heard() {}

    private final Supplier<Collection<NodeName>> all;
    private final NodeName name;
    private final NodeQuestions questions;
    private final Supplier<Map<String, RateTable>> limits;
    private final Clock clock;
    private final Set<NodeName> telling = ConcurrentHashMap.newKeySet();
    private final Thread thread;

    /**
     * Hears the others from now on; tells them after {@link #start}.
     *
     * @param all nodes of the cluster, this one too
     * @param limits that are shared, as they are now; the names are the same on all nodes
     */
    RateExchange(
            Supplier<Collection<NodeName>> all,
            NodeName name,
            NodeQuestions questions,
            Supplier<Map<String, RateTable>> limits,
            Clock clock) {
        this.all = requireNonNull(all, "all is null");
        this.name = requireNonNull(name, "name is null");
        this.questions = requireNonNull(questions, "questions is null");
        this.limits = requireNonNull(limits, "limits is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.thread = Thread.ofVirtual().name("rate-exchange").unstarted(this::keepTelling);
        questions.serve(PATH, News.class, this::hear);
    }

    void start() {
        thread.start();
    }

    private Heard hear(News news) {
        Map<String, RateTable> known = limits.get();
        long now = clock.nanos();
        news.used()
                .forEach(
                        (limit, used) -> {
                            RateTable table = known.get(limit);
                            if (table != null) {
                                used.forEach(each -> table.usedElsewhere(each, now));
                            }
                        });
        return new Heard();
    }

    private void keepTelling() {
        try {
            while (true) {
                Thread.sleep(BETWEEN_MILLIS);
                tell();
            }
        } catch (InterruptedException e) {
            LOG.debug("nobody is told of rates any more");
        }
    }

    private void tell() {
        Map<String, List<Used>> used = new HashMap<>();
        long now = clock.nanos();
        limits.get()
                .forEach(
                        (limit, table) -> {
                            List<Used> some = table.takeUntold(now, KEYS_MAX);
                            if (!some.isEmpty()) {
                                used.put(limit, some);
                            }
                        });
        if (used.isEmpty()) {
            return;
        }
        News news = new News(used);
        for (NodeName node : all.get()) {
            // One that does not answer is not told more meanwhile.
            if (!node.equals(name) && telling.add(node)) {
                Thread.ofVirtual().name("rates-to-" + node).start(() -> tell(node, news));
            }
        }
    }

    private void tell(NodeName node, News news) {
        try {
            questions.ask(node, PATH, news, Heard.class, PATIENCE);
        } catch (IOException e) {
            LOG.debug("{} is not told what was used: {}", node, e.getMessage());
        } finally {
            telling.remove(node);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
