package io.shoestring.simulation;

import io.shoestring.model.Delay;
import io.shoestring.model.Lsn;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.MemberState.Standby;
import io.shoestring.model.Position;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A simulated PostgreSQL: a log, a role, streaming, and commits that wait for one of the
 * synchronous standbys. A position in the log is the number of its entries; everything appended is
 * on disk.
 */
final class Server {
    static final long IDENTIFIER = 4711;

    enum Activity {
        NONE,
        STARTING,
        RUNNING,
        STOPPING
    }

    private record Waiting(int position, Runnable acknowledge) {}

    /** One replication connection; dead as soon as either side ends or connects anew. */
    private final class Link {
        private final Server upstream;
        private final int upstreamLife;
        private final int ownLife;

        Link(Server upstream) {
            this.upstream = upstream;
            this.upstreamLife = upstream.life;
            this.ownLife = life;
        }

        boolean alive() {
            return link == this && life == ownLife && upstream.life == upstreamLife;
        }
    }

    final MemberSpec spec;
    private final World world;
    private final Network network;
    private final List<Long> log = new ArrayList<>();
    private final Map<MemberName, Integer> flushedBy = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private final Set<Server> halfOpen = new HashSet<>();
    private final List<Runnable> delayed = new ArrayList<>();
    private Activity activity = Activity.NONE;
    private boolean byHand;
    private boolean paused;
    private boolean full;
    private boolean empty = true;
    private boolean broken;
    private boolean replica;
    private boolean clean = true;
    private int timeline = 1;
    private int life;
    private long frozenUntilMillis;
    private Set<MemberName> setting = Set.of();
    private Set<MemberName> inForce = Set.of();
    private @Nullable Server upstream;
    private @Nullable Link link;
    private long heardMillis;
    private long resumedMillis;
    private Optional<Delay> delay = Optional.empty();
    private long holdsBackUntilMillis;
    private Runnable onExit = () -> {};

    Server(MemberSpec spec, World world, Network network) {
        this.spec = spec;
        this.world = world;
        this.network = network;
    }

    MemberName name() {
        return spec.name();
    }

    void onExit(Runnable callback) {
        onExit = callback;
    }

    /** A data directory as initdb leaves it. */
    void create() {
        empty = false;
        replica = false;
        clean = true;
        log.add(0L);
    }

    boolean running() {
        return activity == Activity.RUNNING;
    }

    boolean primary() {
        return running() && !replica;
    }

    boolean stopped() {
        return activity == Activity.NONE;
    }

    boolean paused() {
        return paused;
    }

    boolean empty() {
        return empty;
    }

    boolean broken() {
        return broken;
    }

    boolean wasReplica() {
        return replica;
    }

    /** Another number for each process that it was. */
    int life() {
        return life;
    }

    int end() {
        return log.size();
    }

    boolean has(Set<Long> ids) {
        return new HashSet<>(log).containsAll(ids);
    }

    /** Whether this write is in its log. */
    boolean has(long id) {
        return log.lastIndexOf(id) >= 0;
    }

    boolean duplicates() {
        return new HashSet<>(log).size() != log.size();
    }

    /** Whether everything that is in here is also at the same place there. */
    boolean prefixOf(Server other) {
        return log.size() <= other.log.size() && log.equals(other.log.subList(0, log.size()));
    }

    boolean streamsFrom(Server other) {
        return link != null && link.alive() && link.upstream == other;
    }

    // What an agent does.

    void start(Set<MemberName> names) {
        byHand = false;
        activity = Activity.STARTING;
        setting = names;
        inForce = names;
        clean = false;
        life++;
        int started = life;
        world.afterMillis(
                world.between(30, replica ? 200 : 800),
                () -> {
                    if (life == started && activity == Activity.STARTING) {
                        activity = Activity.RUNNING;
                        panicIfFull();
                    }
                });
    }

    /** Whether a replica is the one that another gets its log from. */
    private boolean feeds(Server other) {
        return running() && replica && other.spec.upstream().equals(Optional.of(name()));
    }

    /** With the settings that it had. */
    void startAgain() {
        start(setting);
        byHand = true;
    }

    /** Whether it runs because somebody started it without asking. */
    boolean byHand() {
        return byHand;
    }

    /** Receives nothing any more. */
    void detach() {
        upstream = null;
        link = null;
    }

    /** Whether it goes on where it was frozen a moment ago, before anybody could stop it. */
    boolean justResumed() {
        return resumedMillis > 0 && world.millis() - resumedMillis < 500;
    }

    private boolean linked(Server other) {
        return network.linked(spec.node(), other.spec.node());
    }

    void follow(Server other) {
        upstream = other;
        delay = spec.delay();
        unlink();
    }

    /** One that is delayed asks for more log only when it has applied what it holds back. */
    private void unlink() {
        if (link != null && delay.isPresent()) {
            holdsBackUntilMillis = world.millis() + world.between(0, 15_000);
        }
        link = null;
    }

    /** Whether it does not connect, on purpose. */
    boolean holdsBack() {
        return replica && delay.isPresent() && world.millis() < holdsBackUntilMillis;
    }

    void promote(Set<MemberName> names) {
        if (panicIfFull()) {
            return;
        }
        replica = false;
        upstream = null;
        link = null;
        setting = names;
        inForce = names;
        timeline++;
        log.add(-world.nanos() * 8 - spec.endpoint().port() % 8);
    }

    /** The setting is reported at once; commits obey it a little later. */
    void setSynchronous(Set<MemberName> names) {
        setting = names;
        int then = life;
        world.afterMillis(
                world.between(0, 150),
                () -> {
                    if (life == then && setting.equals(names)) {
                        inForce = names;
                        acknowledge();
                    }
                });
    }

    /** Whether {@code names} are obeyed and one of them has everything up to {@code position}. */
    boolean proves(Set<MemberName> names, int position) {
        return primary()
                && !paused
                && inForce.equals(names)
                && (names.isEmpty()
                        || names.stream()
                                .anyMatch(name -> flushedBy.getOrDefault(name, -1) >= position));
    }

    /** Whether commits wait for one of {@code names}. */
    boolean obeys(Set<MemberName> names) {
        return primary() && !paused && inForce.equals(names);
    }

    void beginStop() {
        activity = Activity.STOPPING;
        int then = life;
        world.afterMillis(world.between(15_000, 20_000), () -> stopAnyway(then));
        if (!replica) {
            log.add(-world.nanos() * 8 - spec.endpoint().port() % 8);
        }
    }

    /** The server's own patience with replicas that do not take the last of the log. */
    private void stopAnyway(int then) {
        if (life == then) {
            endStop();
        }
    }

    boolean sentEverything(List<Server> others) {
        return others.stream()
                .filter(other -> other.streamsFrom(this))
                .allMatch(other -> other.end() == end());
    }

    void endStop() {
        exit();
        clean = true;
    }

    void kill() {
        if (activity != Activity.NONE) {
            boolean stopping = activity == Activity.STARTING && clean;
            exit();
            clean = stopping;
        }
    }

    void breakForRewind() {
        broken = true;
        replica = true;
    }

    void rewindTo(Server other) {
        if (empty || full) {
            return;
        }
        int common = 0;
        while (common < Math.min(log.size(), other.log.size())
                && log.get(common).equals(other.log.get(common))) {
            common++;
        }
        log.subList(common, log.size()).clear();
        timeline = other.timeline;
        replica = true;
        broken = false;
    }

    void erase() {
        log.clear();
        empty = true;
        broken = false;
        replica = false;
    }

    void copy(Server other) {
        if (full) {
            return;
        }
        log.clear();
        log.addAll(other.log);
        timeline = other.timeline;
        empty = false;
        broken = false;
        replica = true;
    }

    // What goes wrong.

    void pause() {
        paused = activity != Activity.NONE;
    }

    void resume() {
        if (paused) {
            resumedMillis = world.millis();
        }
        paused = false;
        List<Runnable> late = List.copyOf(delayed);
        delayed.clear();
        late.forEach(Runnable::run);
    }

    /** Its disk takes no more, or does again: who has to write then ends with a crash. */
    void full(boolean on) {
        full = on;
    }

    private boolean panicIfFull() {
        if (full) {
            kill();
        }
        return full;
    }

    void freezeLink(long millis) {
        frozenUntilMillis = world.millis() + millis;
    }

    // What clients and replicas do.

    /**
     * Appends a write and acknowledges it when a synchronous standby has it. One that waits in a
     * frozen server's socket is not told as accepted: nobody could have kept it back.
     */
    void write(long id, Runnable accepted, Runnable acknowledge) {
        if (paused) {
            int then = life;
            delayed.add(
                    () -> {
                        if (life == then) {
                            write(id, () -> {}, acknowledge);
                        }
                    });
            return;
        }
        if (!primary() || panicIfFull()) {
            return;
        }
        accepted.run();
        log.add(id);
        waiting.add(new Waiting(log.size(), acknowledge));
        acknowledge();
    }

    /** Connects if it can, and fetches what is new; called again and again. */
    void pump() {
        if (!running() || !replica || paused || world.millis() < frozenUntilMillis) {
            return;
        }
        if (link == null || !link.alive()) {
            connect();
            return;
        }
        if (!linked(link.upstream)) {
            // The kernel's patience with a connection on which nothing comes.
            if (world.millis() - heardMillis > 11_000) {
                link.upstream.halfOpen.add(this);
                unlink();
            }
            return;
        }
        heardMillis = world.millis();
        fetch(link);
        reportFlush(link);
    }

    private void connect() {
        Server source = upstream;
        if (link != null) {
            link.upstream.flushedBy.remove(name());
            unlink();
        }
        if (source != null
                && !holdsBack()
                && (source.primary() || source.feeds(this))
                && !source.paused
                && linked(source)
                && prefixOf(source)) {
            link = new Link(source);
            heardMillis = world.millis();
            timeline = source.timeline;
            reportFlush(link);
        }
    }

    private void fetch(Link from) {
        Server source = from.upstream;
        if (source.paused || source.activity == Activity.NONE) {
            return;
        }
        int first = log.size();
        if (first >= source.log.size()) {
            return;
        }
        int count = Math.min(source.log.size() - first, world.between(1, 20));
        List<Long> batch = List.copyOf(source.log.subList(first, first + count));
        // What is on its way arrives even if the sender dies meanwhile.
        world.afterMillis(
                world.between(0, 10),
                () -> {
                    if (link == from
                            && life == from.ownLife
                            && log.size() == first
                            && !paused
                            && !panicIfFull()) {
                        log.addAll(batch);
                        reportFlush(from);
                    }
                });
    }

    private void reportFlush(Link to) {
        int flushed = log.size();
        world.afterMillis(
                world.between(0, 5),
                () -> {
                    if (to.alive() && linked(to.upstream)) {
                        to.upstream.flushedBy.merge(name(), flushed, Math::max);
                        to.upstream.acknowledge();
                    }
                });
    }

    private void acknowledge() {
        if (paused) {
            return;
        }
        Iterator<Waiting> iterator = waiting.iterator();
        while (iterator.hasNext()) {
            Waiting next = iterator.next();
            if (replicated(next.position())) {
                iterator.remove();
                next.acknowledge().run();
            }
        }
    }

    private boolean replicated(int position) {
        return inForce.isEmpty()
                || inForce.stream().anyMatch(name -> flushedBy.getOrDefault(name, -1) >= position);
    }

    private void exit() {
        activity = Activity.NONE;
        paused = false;
        life++;
        link = null;
        flushedBy.clear();
        halfOpen.clear();
        waiting.clear();
        delayed.clear();
        world.afterMillis(1, onExit);
    }

    // What an agent sees.

    /** The state as an observation finds it; the caller answers for a paused server. */
    MemberState look(List<Server> others) {
        return switch (activity) {
            case NONE ->
                    empty
                            ? new MemberState.Empty()
                            : new MemberState.Stopped(replica, clean, position());
            case STARTING -> new MemberState.Starting("it is starting");
            case STOPPING -> new MemberState.Starting("it is stopping");
            case RUNNING -> replica ? asReplica() : asPrimary(others);
        };
    }

    private MemberState asReplica() {
        String from = upstream == null ? "" : upstream.spec.endpoint().toString();
        boolean streaming = link != null && link.alive();
        return new MemberState.Replica(
                position(),
                position(),
                streaming,
                from,
                IDENTIFIER,
                Optional.empty(),
                Optional.empty(),
                delay.map(by -> new MemberState.Held(by, !streaming && holdsBack())));
    }

    private MemberState asPrimary(List<Server> others) {
        List<Standby> standbys =
                others.stream()
                        .filter(other -> other.streamsFrom(this) || isHalfOpenTo(other))
                        .map(
                                other ->
                                        new Standby(
                                                other.name(),
                                                end() - flushedBy.getOrDefault(other.name(), 0)
                                                        < 50,
                                                new Lsn(flushedBy.getOrDefault(other.name(), 0)),
                                                inForce.contains(other.name())))
                        .toList();
        return new MemberState.Primary(position(), standbys, setting, IDENTIFIER);
    }

    /** MariaDB hears of a connection that was cut off without a word only after minutes. */
    private boolean isHalfOpenTo(Server other) {
        halfOpen.removeIf(this::linked);
        return halfOpen.contains(other);
    }

    private Position position() {
        return new Position(timeline, new Lsn(log.size()));
    }
}
