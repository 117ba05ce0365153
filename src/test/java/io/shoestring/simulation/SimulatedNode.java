package io.shoestring.simulation;

import io.shoestring.base.Published.Subscription;
import io.shoestring.database.Outcome;
import io.shoestring.model.Action;
import io.shoestring.model.DatabaseSpec;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.model.Decision;
import io.shoestring.model.Event;
import io.shoestring.model.MemberFacts;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberState;
import io.shoestring.model.Observation;
import io.shoestring.monitoring.Events;
import io.shoestring.node.DatabaseLoop;
import io.shoestring.node.Hands;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntSupplier;

/** The real loop on virtual time: its looks, its actions, its crashes and its stalls. */
final class SimulatedNode {
    private final World world;
    private final DatabaseSpec spec;
    private final Servers servers;
    private final SimulatedStore store;
    private final Agent agent;
    private final Function<Observation, Decision> decide;
    private final IntSupplier openTransactions;
    private final Consumer<DatabaseTopology> publish;
    private final Consumer<Action.OnMember> began;
    private final Map<MemberName, Long> silentSince = new HashMap<>();
    private final Set<MemberName> looking = new HashSet<>();
    private final Set<MemberName> lookAgain = new HashSet<>();
    private int life;
    private boolean up;
    private boolean faulty;
    private long stalledUntilMillis;
    private Optional<DatabaseLoop> loop = Optional.empty();

    SimulatedNode(
            World world,
            DatabaseSpec spec,
            Servers servers,
            SimulatedStore store,
            Function<Observation, Decision> decide,
            IntSupplier openTransactions,
            Consumer<DatabaseTopology> publish,
            Consumer<Action.OnMember> began) {
        this.world = world;
        this.spec = spec;
        this.servers = servers;
        this.store = store;
        this.agent = new Agent(servers);
        this.decide = decide;
        this.openTransactions = openTransactions;
        this.publish = publish;
        this.began = began;
        servers.all().forEach(server -> server.onExit(() -> exited(server.name())));
    }

    void faulty(boolean on) {
        faulty = on;
    }

    boolean up() {
        return up;
    }

    void start() {
        up = true;
        life++;
        int born = life;
        looking.clear();
        lookAgain.clear();
        store.restarted();
        loop = Optional.of(loop(born));
        servers.names().forEach(name -> regularLook(born, name));
        tick(born);
    }

    void crash() {
        if (up) {
            world.trace("NODE crashes");
            up = false;
            life++;
            loop = Optional.empty();
            publish.accept(DatabaseTopology.unknown(spec.name()));
            world.afterMillis(world.between(500, 4_000), this::start);
        }
    }

    void stall(long millis) {
        world.trace("NODE stalls for " + millis + " ms");
        stalledUntilMillis = world.millis() + millis;
    }

    void switchover(Optional<MemberName> to) {
        guarded(it -> world.trace("OPERATOR " + it.switchover(to).sentence()));
    }

    void pause(boolean paused) {
        guarded(it -> world.trace("OPERATOR " + it.pause(paused).sentence()));
    }

    private DatabaseLoop loop(int born) {
        return new DatabaseLoop(
                spec,
                store,
                world,
                new Tracer(),
                decide,
                new Hands() {
                    @Override
                    public void start(Action.OnMember action) {
                        SimulatedNode.this.begin(born, action);
                    }

                    @Override
                    public void look(MemberName member) {
                        SimulatedNode.this.look(born, member);
                    }
                },
                openTransactions,
                publish);
    }

    private void tick(int born) {
        if (life != born) {
            return;
        }
        guarded(it -> {});
        boolean urgent = loop.map(DatabaseLoop::urgent).orElse(false);
        if (urgent) {
            servers.names().forEach(name -> look(born, name));
        }
        if (life == born) {
            world.afterMillis(urgent ? 20 : 250, () -> tick(born));
        }
    }

    /** Does it and decides; a crash in the middle is a crash of the node. */
    private void guarded(Consumer<DatabaseLoop> what) {
        if (loop.isEmpty()) {
            return;
        }
        if (world.millis() < stalledUntilMillis) {
            int born = life;
            world.afterMillis(
                    stalledUntilMillis - world.millis(),
                    () -> {
                        if (life == born) {
                            guarded(what);
                        }
                    });
            return;
        }
        try {
            what.accept(loop.get());
            loop.get().step();
        } catch (SimulatedStore.NodeCrash e) {
            crash();
        }
    }

    private void begin(int born, Action.OnMember action) {
        began.accept(action);
        Script script = agent.script(action);
        script.run(
                world,
                () -> life == born,
                () -> faulty && world.chance(0.03),
                outcome -> ended(born, action, outcome));
    }

    private void ended(int born, Action.OnMember action, Outcome outcome) {
        if (life == born) {
            guarded(it -> it.ended(action, outcome));
        }
    }

    private void exited(MemberName member) {
        world.trace("EXIT of " + member);
        long at = world.nanos();
        guarded(it -> it.exited(member, at));
    }

    private void regularLook(int born, MemberName member) {
        if (life == born) {
            look(born, member);
            world.afterMillis(250, () -> regularLook(born, member));
        }
    }

    /** One look at a time for each member; a second wish is kept until the first is over. */
    private void look(int born, MemberName member) {
        if (life != born) {
            return;
        }
        if (!looking.add(member)) {
            lookAgain.add(member);
            return;
        }
        long began = world.nanos();
        world.afterMillis(world.between(0, 10), () -> sample(born, member, began));
    }

    private void sample(int born, MemberName member, long began) {
        Server server = servers.of(member);
        boolean silent = server.paused();
        if (!silent) {
            silentSince.remove(member);
        }
        long since = silent ? silentSince.computeIfAbsent(member, name -> began) : 0;
        MemberState state =
                silent
                        ? new MemberState.Unresponsive("It does not answer.", since)
                        : server.look(servers.all());
        world.afterMillis(
                silent ? 1_900 : world.between(0, 15),
                () -> looked(born, new MemberFacts(member, began, state)));
    }

    private void looked(int born, MemberFacts facts) {
        if (life != born) {
            return;
        }
        looking.remove(facts.member());
        long end = world.nanos();
        guarded(it -> it.observed(facts, end));
        if (lookAgain.remove(facts.member())) {
            look(born, facts.member());
        }
    }

    /** Events go into the trace. */
    private final class Tracer implements Events {
        @Override
        public Event add(
                Event.Severity severity, Optional<String> database, long epoch, String text) {
            world.trace(severity + " [" + epoch + "] " + text);
            return new Event(1, Instant.EPOCH, severity, database, epoch, text);
        }

        @Override
        public List<Event> since(long after, int limit) {
            return List.of();
        }

        @Override
        public Subscription subscribe(Consumer<Event> subscriber) {
            return () -> {};
        }
    }
}
