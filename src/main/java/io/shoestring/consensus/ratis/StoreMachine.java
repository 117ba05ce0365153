package io.shoestring.consensus.ratis;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.consensus.Command;
import io.shoestring.consensus.ControlStore.Entry;
import io.shoestring.consensus.SnapshotFile;
import io.shoestring.consensus.StoreFormat;
import io.shoestring.consensus.StoreState;
import io.shoestring.consensus.Watchers;

import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * {@link StoreState} as Ratis's state machine. Entries come in the order of the log, on one thread
 * of Ratis; {@link #state} may be read on any.
 */
final class StoreMachine extends BaseStateMachine {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Clock clock = Clock.system();
    private final Watchers watchers;
    private final Leadership leadership;
    private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
    private volatile StoreState state = StoreState.empty();
    private volatile Optional<LogDirectory> log = Optional.empty();

    StoreMachine(Watchers watchers, Leadership leadership) {
        this.watchers = watchers;
        this.leadership = leadership;
    }

    /** What this node has applied, which may be behind what others have. */
    StoreState state() {
        return state;
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage raftStorage)
            throws IOException {
        super.initialize(server, group, raftStorage);
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            storage.init(raftStorage);
                            Path current = raftStorage.getStorageDir().getCurrentDir().toPath();
                            log = Optional.of(new LogDirectory(current));
                            load();
                        });
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    /** After a snapshot of the leader was installed. */
    @Override
    public void reinitialize() throws IOException {
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            storage.loadLatestSnapshot();
                            load();
                        });
    }

    private void load() throws IOException {
        SingleFileSnapshotInfo snapshot = storage.getLatestSnapshot();
        if (snapshot == null) {
            return;
        }
        Path file = snapshot.getFile().getPath();
        long before = state.index();
        state = new SnapshotFile(file).read();
        setLastAppliedTermIndex(snapshot.getTermIndex());
        watchers.tell(writtenAfter(before));
    }

    private List<Entry> writtenAfter(long index) {
        return state.entries().values().stream()
                .filter(entry -> entry.revision() > index)
                .sorted(Watchers.IN_ORDER)
                .toList();
    }

    @Override
    public SimpleStateMachineStorage getStateMachineStorage() {
        return storage;
    }

    @Override
    public long takeSnapshot() throws IOException {
        TermIndex at = getLastAppliedTermIndex();
        Path file = storage.getSnapshotFile(at.getTerm(), at.getIndex()).toPath();
        new SnapshotFile(file).write(state);
        MD5Hash sum = MD5FileUtil.computeAndSaveMd5ForFile(file.toFile());
        SnapshotFile.forceDirectory(requireNonNull(file.toAbsolutePath().getParent()));
        storage.updateLatestSnapshot(
                new SingleFileSnapshotInfo(new FileInfo(file, sum), at.getTerm(), at.getIndex()));
        return at.getIndex();
    }

    /** Called before each forcing of the log: its files must also be found after a power cut. */
    @Override
    public CompletableFuture<Void> flush(long index) {
        try {
            if (log.isPresent()) {
                log.get().forceIfChanged();
            }
            return CompletableFuture.completedFuture(null);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        String text = entry.getStateMachineLogEntry().getLogData().toStringUtf8();
        Optional<Command> command = StoreFormat.readCommand(text);
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        return command.map(known -> apply(entry.getIndex(), known))
                .orElseGet(() -> CompletableFuture.failedFuture(unknown(text)));
    }

    /** Every node finds it unknown, so all their states stay the same. */
    private static IOException unknown(String text) {
        String beginning = text.substring(0, Math.min(text.length(), 80));
        return new IOException("a command that this version does not know: " + beginning);
    }

    private CompletableFuture<Message> apply(long index, Command command) {
        StoreState.Applied applied = state.apply(index, command);
        state = applied.state();
        watchers.tell(applied.written());
        return CompletableFuture.completedFuture(
                Message.valueOf(new Answer(applied.done(), index, after(command)).text()));
    }

    /** Who changes the record of a database goes on by who has its lease, without asking again. */
    private String after(Command command) {
        return command instanceof Command.Put
                ? StoreFormat.write(new StoreState(state.index(), Map.of(), state.leases()))
                : "";
    }

    /**
     * Called where this server leads by its own account, and has applied what others did before.
     */
    @Override
    public CompletableFuture<Message> query(Message request) {
        String text = request.getContent().toString(StandardCharsets.UTF_8);
        CompletableFuture<Message> answer = new CompletableFuture<>();
        Thread.ofVirtual().name("consensus-read").start(() -> answer(Question.parse(text), answer));
        return answer;
    }

    private void answer(Question question, CompletableFuture<Message> answer) {
        try {
            awaitNewest();
            answer.complete(Message.valueOf(StoreFormat.write(question.of(state))));
        } catch (IOException | InterruptedException | RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    /** Until all that was acknowledged before this call is applied here. */
    private void awaitNewest() throws IOException, InterruptedException {
        RaftServer.Division division = getServer().join().getDivision(getGroupId());
        long newest = division.getRaftLog().getLastCommittedIndex();
        if (!leadership.confirm(division)) {
            throw new IOException("a majority does not confirm that " + getId() + " leads");
        }
        long end = clock.nanos() + PATIENCE.toNanos();
        while (division.getInfo().getLastAppliedIndex() < newest) {
            if (end - clock.nanos() < 0) {
                throw new IOException(getId() + " is behind its own log");
            }
            Thread.sleep(1);
        }
    }
}
