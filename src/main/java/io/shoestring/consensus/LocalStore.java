package io.shoestring.consensus;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.consensus.StoreState.Applied;
import io.shoestring.model.Lease;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Consensus of one: the state machine over a log on this machine's disk. A call that returned is on
 * the disk; a call that threw may or may not have had its effect after a restart.
 *
 * <p>Thread-safe. Writers wait for each other and for the disk; readers wait for nobody and see
 * every write that was acknowledged.
 */
public final class LocalStore implements ControlStore {
    private static final Logger LOG = LoggerFactory.getLogger(LocalStore.class);
    private static final int ENTRIES_UNTIL_SNAPSHOT = 4_096;
    private static final Duration EXPIRY_CHECK = Duration.ofMillis(100);

    private final String node;
    private final DirectoryLock directoryLock;
    private final SnapshotFile snapshot;
    private final CommandLog log;
    private final Expiry expiry;
    private final Watchers watchers = new Watchers();
    private final ReentrantLock writing = new ReentrantLock();
    private final Thread expiryThread;
    private volatile StoreState state;
    private volatile boolean closed;
    private int entriesInLog;

    private LocalStore(
            String node,
            Clock clock,
            DirectoryLock directoryLock,
            SnapshotFile snapshot,
            CommandLog log,
            StoreState state) {
        this.node = node;
        this.directoryLock = directoryLock;
        this.snapshot = snapshot;
        this.log = log;
        this.state = state;
        this.entriesInLog = log.found().size();
        this.expiry = new Expiry(clock);
        this.expiryThread =
                Thread.ofVirtual().name("consensus-expiry").unstarted(this::expireUntilClosed);
    }

    /**
     * Opens or creates the store in {@code directory}, as the only voter {@code node}.
     *
     * @throws ConsensusException if another process uses it, or it is damaged other than by a
     *     crash; the message says what to do
     */
    public static LocalStore open(Path directory, String node, Clock clock)
            throws ConsensusException {
        requireNonNull(node, "node is null");
        try {
            Files.createDirectories(directory);
            DirectoryLock lock = DirectoryLock.take(directory);
            try {
                LocalStore store = load(directory, node, clock, lock);
                store.expiryThread.start();
                return store;
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ConsensusException(
                    "The cluster's memory in " + directory + " cannot be used: " + e.getMessage(),
                    e);
        }
    }

    private static LocalStore load(Path directory, String node, Clock clock, DirectoryLock lock)
            throws IOException {
        SnapshotFile snapshot = new SnapshotFile(directory.resolve("snapshot"));
        StoreState state = snapshot.read();
        Path file = directory.resolve("log");
        CommandLog log = CommandLog.open(file);
        try {
            SnapshotFile.forceDirectory(directory);
            return new LocalStore(node, clock, lock, snapshot, log, replay(state, log, file));
        } catch (IOException | RuntimeException e) {
            log.close();
            throw e;
        }
    }

    /** A crash between snapshot and clearing leaves entries that the snapshot has: skipped. */
    private static StoreState replay(StoreState snapshot, CommandLog log, Path file)
            throws IOException {
        StoreState state = snapshot;
        for (CommandLog.Line line : log.found()) {
            if (line.index() <= snapshot.index()) {
                continue;
            }
            if (line.index() != state.index() + 1) {
                throw new IOException(
                        ("the log %s goes from entry %d to %d: entries are missing. Nothing was"
                                        + " changed. Restore the file, or move the directory aside"
                                        + " and let this node begin anew")
                                .formatted(file, state.index(), line.index()));
            }
            state = state.apply(line.index(), line.command()).state();
        }
        return state;
    }

    @Override
    public Optional<Entry> get(String key) throws ConsensusException {
        return current().get(key);
    }

    @Override
    public List<Entry> list(String prefix) throws ConsensusException {
        return current().list(prefix);
    }

    @Override
    public boolean commit(Transaction transaction) throws ConsensusException {
        return propose(new Command.Put(transaction.expected(), transaction.puts())).done();
    }

    @Override
    public AutoCloseable watch(String prefix, Consumer<Entry> watcher) {
        return watchers.add(prefix, state.index(), watcher);
    }

    @Override
    public Optional<Holding> holding(String resource) throws ConsensusException {
        return current().holding(resource);
    }

    @Override
    public Optional<Lease> grant(String resource, String holder, Duration duration)
            throws ConsensusException {
        Applied applied = propose(new Command.Grant(resource, holder, duration.toMillis()));
        return applied.done() ? applied.state().lease(resource) : Optional.empty();
    }

    @Override
    public boolean renew(String resource, Lease lease) throws ConsensusException {
        return propose(new Command.Renew(resource, lease.epoch())).done();
    }

    @Override
    public boolean release(String resource, Lease lease) throws ConsensusException {
        return propose(new Command.Release(resource, lease.epoch())).done();
    }

    @Override
    public Optional<Lease> pass(String resource, Lease lease, String next, Duration duration)
            throws ConsensusException {
        Applied applied =
                propose(new Command.Pass(resource, lease.epoch(), next, duration.toMillis()));
        return applied.done() ? applied.state().lease(resource) : Optional.empty();
    }

    @Override
    public boolean expire(String resource, Holding holding) throws ConsensusException {
        return propose(new Command.Expire(resource, holding.lease().epoch(), holding.renewal()))
                .done();
    }

    @Override
    public List<String> members() {
        return List.of(node);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        expiryThread.interrupt();
        watchers.close();
        writing.lock();
        try (directoryLock;
                log) {
            LOG.debug("closed at entry {}", state.index());
        } catch (IOException e) {
            LOG.warn("the cluster's memory was not closed properly: {}", e.getMessage());
        } finally {
            writing.unlock();
        }
    }

    private StoreState current() throws ConsensusException {
        requireOpen();
        return state;
    }

    private void requireOpen() throws ConsensusException {
        if (closed) {
            throw new ConsensusException("The cluster's memory is closed: the node is stopping.");
        }
    }

    /** Log first, then state: what is not on the disk is not seen by anybody. */
    private Applied propose(Command command) throws ConsensusException {
        writing.lock();
        try {
            requireOpen();
            Applied applied = state.apply(state.index() + 1, command);
            if (applied.done()) {
                log.append(new CommandLog.Line(applied.state().index(), command));
                state = applied.state();
                watchers.tell(applied.written());
                compactIfLong();
            }
            return applied;
        } catch (IOException e) {
            throw new ConsensusException(
                    "The cluster's memory cannot be written: " + e.getMessage(), e);
        } finally {
            writing.unlock();
        }
    }

    /** The entry is safe already: a failure here is a warning, and is tried again later. */
    private void compactIfLong() {
        if (++entriesInLog < ENTRIES_UNTIL_SNAPSHOT) {
            return;
        }
        entriesInLog = 0;
        try {
            snapshot.write(state);
            log.clear();
        } catch (IOException e) {
            LOG.warn("the log of the cluster's memory was not compacted: {}", e.getMessage());
        }
    }

    private void expireUntilClosed() {
        while (!closed) {
            try {
                Thread.sleep(EXPIRY_CHECK);
                for (Command.Expire overdue : expiry.overdue(state)) {
                    propose(overdue);
                }
            } catch (InterruptedException e) {
                return;
            } catch (ConsensusException e) {
                LOG.warn("a lease that ran out was not ended: {}", e.getMessage());
            }
        }
    }
}
