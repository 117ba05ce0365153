package io.shoestring.consensus.etcd;

import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore.Entry;
import io.shoestring.consensus.Watchers;
import io.shoestring.consensus.etcd.EtcdCalls.Kind;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Tells of new entries, by a stream from etcd that is opened again where it ended. After an
 * interruption, what is newer is read first: the etcd may have forgotten the changes between. A
 * second thread looks now and then whether something is there that the stream did not bring, and
 * closes it then: a stream to a member that hangs is silent, and so is one without news.
 */
final class EtcdWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdWatch.class);
    private static final Duration AGAIN = Duration.ofMillis(200);
    private static final Duration BETWEEN_CHECKS = Duration.ofSeconds(2);

    private final EtcdCalls calls;
    private final EtcdKeys keys;
    private final String prefix;
    private final Consumer<Entry> watcher;
    private final Thread reading;
    private final Thread checking;
    private volatile Optional<InputStream> stream = Optional.empty();
    private volatile boolean closed;
    private volatile long told;

    /** Blocks until it is known after which revision news begin, or the etcd did not answer. */
    EtcdWatch(EtcdCalls calls, EtcdKeys keys, String prefix, Consumer<Entry> watcher) {
        this.calls = calls;
        this.keys = keys;
        this.prefix = prefix;
        this.watcher = watcher;
        this.told = beginning();
        this.reading = Thread.ofVirtual().name("consensus-watch").start(this::readUntilClosed);
        this.checking = Thread.ofVirtual().name("consensus-watch-check").start(this::check);
    }

    private long beginning() {
        try {
            return revision(newer(Long.MAX_VALUE));
        } catch (ConsensusException e) {
            LOG.debug("watching '{}' from the beginning: {}", prefix, e.getMessage());
            return 0;
        }
    }

    private JsonNode newer(long revision) throws ConsensusException {
        ObjectNode range = keys.all(prefix).put("min_mod_revision", Long.toString(revision));
        return calls.call("/v3/kv/range", range, Kind.READ);
    }

    private static long revision(JsonNode answer) {
        return EtcdKeys.number(answer.path("header"), "revision");
    }

    private void readUntilClosed() {
        while (!closed) {
            try {
                catchUp();
                read();
            } catch (IOException | ConsensusException e) {
                LOG.debug("the watch of '{}' is opened again: {}", prefix, e.toString());
            } catch (RuntimeException e) {
                LOG.error("watching '{}'", prefix, e);
            }
            if (!slept(AGAIN)) {
                return;
            }
        }
    }

    private void catchUp() throws ConsensusException {
        JsonNode answer = newer(told + 1);
        List<Entry> entries = new ArrayList<>();
        answer.path("kvs").forEach(found -> entries.add(keys.entry(found)));
        entries.stream().sorted(Watchers.IN_ORDER).forEach(this::tell);
        told = Math.max(told, revision(answer));
    }

    private void read() throws IOException, ConsensusException {
        ObjectNode body = EtcdCalls.object();
        body.set("create_request", keys.all(prefix).put("start_revision", told + 1));
        try (InputStream in = calls.stream("/v3/watch", body);
                var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            stream = Optional.of(in);
            String line = lines.readLine();
            while (line != null && !closed && take(EtcdCalls.parse(line).path("result"))) {
                line = lines.readLine();
            }
        } finally {
            stream = Optional.empty();
        }
    }

    /** Whether the stream goes on. */
    private boolean take(JsonNode result) {
        long newest = told;
        for (JsonNode event : result.path("events")) {
            JsonNode found = event.path("kv");
            if (!event.path("type").asString("PUT").equals("DELETE")) {
                tell(keys.entry(found));
            }
            newest = Math.max(newest, EtcdKeys.number(found, "mod_revision"));
        }
        // Not the header's revision: events before it may still be on their way.
        told = newest;
        return !result.isMissingNode() && !result.path("canceled").asBoolean(false);
    }

    private void tell(Entry entry) {
        if (closed) {
            return;
        }
        try {
            watcher.accept(entry);
        } catch (RuntimeException e) {
            LOG.error("a watcher of '{}' failed on {}", prefix, entry.key(), e);
        }
    }

    private void check() {
        long seen = told;
        while (!closed && slept(BETWEEN_CHECKS)) {
            try {
                // News that were there at the last look, and are still not told.
                long missed = seen;
                seen = told;
                boolean silent = told == missed && !newer(told + 1).path("kvs").isEmpty();
                if (silent) {
                    LOG.debug("the watch of '{}' hangs", prefix);
                    closeStream();
                }
            } catch (ConsensusException e) {
                LOG.debug("the watch of '{}' was not checked: {}", prefix, e.getMessage());
            }
        }
    }

    private boolean slept(Duration duration) {
        try {
            Thread.sleep(duration);
            return !closed;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private void closeStream() {
        stream.ifPresent(
                in -> {
                    try {
                        in.close();
                    } catch (IOException e) {
                        LOG.debug("closing a watch", e);
                    }
                });
    }

    @Override
    public void close() {
        closed = true;
        checking.interrupt();
        reading.interrupt();
        closeStream();
    }
}
