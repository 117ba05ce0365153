package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.ConfigReader;
import io.shoestring.config.Problem;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.Event.Severity;
import io.shoestring.monitoring.Events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Has this node work by the configuration that was committed in consensus, from now on or when it
 * comes back. What it cannot take up is told, and tried again; meanwhile it works by the one that
 * it has.
 */
final class ConfigFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigFollower.class);

    /** So often consensus is asked, even if nothing is heard of another configuration. */
    private static final long LOOK_SECONDS = 20;

    /** What could not be taken up is tried again sooner. */
    private static final long AGAIN_SECONDS = 5;

    private final ConfigHome home;
    private final ControlStore store;
    private final Events events;
    private final Worker worker;
    private final BlockingQueue<Boolean> news = new LinkedBlockingQueue<>(1);
    private final Thread thread;
    private volatile Optional<AutoCloseable> watch = Optional.empty();
    private volatile ConfigText text;
    private volatile String trouble = "";
    private boolean started;
    private long passedOver;

    /** What works by a configuration. */
    interface Worker {
        /** By which it works. */
        ShoestringConfig config();

        /** Why it could not work by {@code next}, a sentence each. Blocks for seconds. */
        List<String> obstacles(ShoestringConfig next);

        /**
         * Works by it from now on.
         *
         * @throws IOException if it cannot; then it works on by the one that it had
         */
        void become(ShoestringConfig next, ConfigText text) throws IOException;
    }

    /**
     * Follows nothing yet.
     *
     * @throws IOException if the node's own file cannot be read, or the note of it not be written
     */
    ConfigFollower(ConfigHome home, ControlStore store, Events events, Worker worker)
            throws IOException {
        this.home = requireNonNull(home, "home is null");
        this.store = requireNonNull(store, "store is null");
        this.events = requireNonNull(events, "events is null");
        this.worker = requireNonNull(worker, "worker is null");
        home.noteIfNew();
        this.text = home.read();
        this.thread = Thread.ofVirtual().name("configuration").unstarted(this::run);
    }

    /** Begins to follow what is committed. */
    void start() {
        watch = Optional.of(store.watch(CommittedConfig.KEY, _ -> news.offer(true)));
        thread.start();
    }

    /** By which this node works. */
    ShoestringConfig config() {
        return worker.config();
    }

    /** Of the configuration by which this node works. */
    String fingerprint() {
        return text.fingerprint();
    }

    /** By which this node works, and why by no other. */
    ConfigDesk.State state() {
        return new ConfigDesk.State(fingerprint(), trouble);
    }

    /** Reads a configuration as if it lay where this node's own lies. */
    ConfigReader.Result read(String file, ConfigText next) {
        return ConfigReader.read(file, next.text(), home.directory());
    }

    /** Why this node could not work by it, a sentence each. */
    List<String> obstacles(ShoestringConfig next) {
        List<String> all = new ArrayList<>(new ConfigChanges(config(), next).refusals());
        home.trouble().ifPresent(all::add);
        if (all.isEmpty()) {
            all.addAll(worker.obstacles(next));
        }
        return all;
    }

    /** Whether this node works by the newest configuration that was ever applied. */
    boolean isCurrent() throws ConsensusException {
        return CommittedConfig.latest(store)
                .filter(latest -> latest.file().equals(text))
                .isPresent();
    }

    private void run() {
        try {
            while (true) {
                look();
                boolean settled = started && trouble.isEmpty();
                news.poll(settled ? LOOK_SECONDS : AGAIN_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            LOG.debug("the node ends");
        }
    }

    private void look() {
        try {
            CommittedConfig.latest(store).ifPresent(this::follow);
            started = true;
        } catch (ConsensusException e) {
            LOG.debug("which configuration is committed is not known: {}", e.getMessage());
        } catch (RuntimeException e) {
            tell("the committed configuration could not be taken up: " + e);
            LOG.error("taking up a configuration failed", e);
        }
    }

    private void follow(CommittedConfig committed) {
        if (committed.file().equals(text)) {
            trouble = "";
        } else if (!started && isEdited()) {
            passedOver = committed.revision();
            tell(
                    "%s was edited on this machine, and the cluster's configuration is number %d: 'shoestring apply' brings them together"
                            .formatted(home.file(), committed.version()));
        } else if (committed.revision() != passedOver) {
            takeUp(committed);
        }
    }

    private boolean isEdited() {
        try {
            return !home.isUntouched();
        } catch (IOException e) {
            LOG.warn("{}: {}", home.file(), e.getMessage());
            return true;
        }
    }

    private void takeUp(CommittedConfig committed) {
        ConfigText next = committed.file();
        switch (read(home.file().toString(), next)) {
            case ConfigReader.Broken(var problems) ->
                    tell(
                            problems.stream()
                                    .map(Problem::toString)
                                    .collect(Collectors.joining("; ")));
            case ConfigReader.Sound(var config) -> takeUp(committed, config);
        }
    }

    private void takeUp(CommittedConfig committed, ShoestringConfig next) {
        List<String> refusals = new ConfigChanges(config(), next).refusals();
        if (!refusals.isEmpty()) {
            tell(String.join(" ", refusals));
            return;
        }
        List<String> changes = new ConfigChanges(config(), next).clauses();
        try {
            worker.become(next, committed.file());
            keep(committed.file());
            // From now on it is said that the node works by it: its file is the new one.
            text = committed.file();
            trouble = "";
            events.add(
                    Severity.INFO,
                    Optional.empty(),
                    0,
                    "Configuration %d, by %s, is taken up: %s."
                            .formatted(
                                    committed.version(),
                                    committed.by(),
                                    changes.isEmpty()
                                            ? "nothing is different in effect"
                                            : String.join(", ", changes)));
        } catch (IOException e) {
            tell(String.valueOf(e.getMessage()));
        }
    }

    /** Without it the node would begin with the old one, and take this one up again. */
    private void keep(ConfigText taken) {
        try {
            home.write(taken);
        } catch (IOException e) {
            LOG.error(
                    "{} still has the configuration of before, because it cannot be written: {}",
                    home.file(),
                    e.getMessage());
        }
    }

    private void tell(String sentence) {
        if (!sentence.equals(trouble)) {
            events.add(
                    Severity.WARNING,
                    Optional.empty(),
                    0,
                    "The cluster's configuration is not taken up here: " + sentence);
        }
        trouble = sentence;
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            if (watch.isPresent()) {
                watch.get().close();
            }
        } catch (Exception e) {
            LOG.debug("the watch of the configuration did not end: {}", e.toString());
        }
    }
}
