package io.shoestring.sandbox;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.postgresql.InitialCluster;
import io.shoestring.database.postgresql.ProgramsFinder;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberStatus;
import io.shoestring.monitoring.Events;
import io.shoestring.node.Operations;
import io.shoestring.sandbox.NodeRunner.RunningNode;
import io.shoestring.sandbox.ServerProcesses.Manner;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A real PostgreSQL primary with its replicas and Shoestring in front, in a directory of its own,
 * on free ports. It makes only the primary; the node clones the replicas, as it would anywhere.
 *
 * <p>Whatever happens, it leaves nothing: {@link #close} ends the node, then the servers of its own
 * directory and only these, then removes the directory. The same is done when the start fails
 * half-way, and by a shutdown hook when the process is told to end.
 */
public final class Sandbox implements AutoCloseable {
    /** The role that is made for the application, and its database. */
    public static final String USER = "app";

    private static final long CUTTING_OFF_PAUSE_MILLIS = 300;
    private static final long CUTTING_OFF_SECONDS_MAX = 20;
    private static final int LOG_LINES_TOLD = 15;

    private final SandboxOptions options;
    private final Surroundings surroundings;
    private final SandboxDirectory directory;
    private final ServerProcesses processes;
    private final DirectAccess access;
    private final int listenPort;
    private final int adminPort;
    private final String password = secret();
    private final Thread starter = Thread.currentThread();
    private final Thread hook = new Thread(this::close, "sandbox-end");

    /** Held while it is being made, and while it is being taken down. */
    private final ReentrantLock lifecycle = new ReentrantLock();

    private volatile boolean starting;
    private volatile boolean closing;
    private boolean takenDown;
    private volatile @Nullable RunningNode node;

    private Sandbox(SandboxOptions options, Surroundings surroundings) throws SandboxException {
        this.options = options;
        this.surroundings = surroundings;
        List<Integer> ports = Ports.free(options.replicas() + 3);
        this.access = new DirectAccess(endpoints(ports.subList(2, ports.size())), secret());
        this.listenPort = options.listen().port() == 0 ? ports.get(0) : options.listen().port();
        this.adminPort = ports.get(1);
        this.directory = SandboxDirectory.in(options.parent());
        this.processes = new ServerProcesses(directory.members(), surroundings.clock());
    }

    /**
     * Makes a sandbox and returns when everything serves: the primary takes writes, each replica
     * streams, at least one has every commit, and the listener answers a query. Blocks, for a
     * minute at most.
     *
     * @throws SandboxException if it cannot be made; nothing is left of it then
     */
    public static Sandbox start(SandboxOptions options, Surroundings surroundings)
            throws SandboxException {
        Sandbox sandbox = new Sandbox(options, surroundings);
        boolean serves = false;
        try {
            Runtime.getRuntime().addShutdownHook(sandbox.hook);
            sandbox.open();
            serves = true;
            return sandbox;
        } finally {
            if (!serves) {
                sandbox.close();
            }
        }
    }

    private void open() throws SandboxException {
        lifecycle.lock();
        starting = true;
        try {
            makePrimary();
            progress("starting Shoestring, which makes the replicas: " + options.replicas());
            node = surroundings.runner().start(directory.configuration());
            new Readiness(this, access, surroundings, options.replicas()).await();
        } catch (InterruptedException e) {
            throw new SandboxException("The start was interrupted.", e);
        } catch (Exception e) {
            throw closing
                    ? new SandboxException("The start was interrupted.", e)
                    : new SandboxException(told(String.valueOf(e.getMessage())), e);
        } finally {
            starting = false;
            lifecycle.unlock();
        }
    }

    private void makePrimary() throws SandboxException, DatabaseException, IOException {
        Path programs = ProgramsFinder.newest();
        Endpoint listen = listen();
        directory.create();
        surroundings.logTo().accept(directory.log());
        directory.writeSecret(directory.superuserPassword(), access.password() + "\n");
        Files.writeString(
                directory.configuration(),
                new SandboxConfiguration(
                                directory,
                                programs,
                                members(),
                                listen,
                                options.reads(),
                                options.pool(),
                                adminPort)
                        .text());
        progress("making the primary a in " + directory.path());
        checkNotClosing();
        InitialCluster.create(
                directory.data("a"),
                SandboxConfiguration.SUPERUSER,
                access.password(),
                access.endpoint("a").port(),
                programs);
        checkNotClosing();
    }

    private Endpoint listen() throws SandboxException {
        Endpoint listen = new Endpoint(options.listen().host(), listenPort);
        if (!Ports.isFree(listen)) {
            throw new SandboxException(
                    listen
                            + " cannot be bound: something else listens there, or the address is"
                            + " not of this machine. Choose another with --listen HOST:PORT;"
                            + " port 0 takes a free one.");
        }
        return listen;
    }

    private static Map<String, Endpoint> endpoints(List<Integer> ports) {
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        for (int port : ports) {
            String name = String.valueOf((char) ('a' + endpoints.size()));
            endpoints.put(name, new Endpoint("127.0.0.1", port));
        }
        return endpoints;
    }

    /** The member that takes writes, while there is one. */
    public Optional<String> primary() {
        return database().flatMap(DatabaseStatus::primary);
    }

    /** The database as the node sees it, when it has come that far. */
    public Optional<DatabaseStatus> database() {
        RunningNode running = node;
        return running == null
                ? Optional.empty()
                : running.operations().status().databases().stream().findFirst();
    }

    /** The way to the members past Shoestring. */
    public DirectAccess access() {
        return access;
    }

    /** The process id of the member's server, if it runs. */
    public OptionalLong postmaster(String member) {
        return processes.postmaster(directory.data(member));
    }

    /** The members' names and addresses, in order. */
    public Map<String, Endpoint> members() {
        return access.endpoints();
    }

    /** Where clients connect. */
    public Endpoint listener() {
        return node().listener();
    }

    /** The listener as the JDBC driver wants it. */
    public String jdbcUrl() {
        return "jdbc:postgresql://" + listener() + "/" + SandboxConfiguration.DATABASE;
    }

    /** The application's password. */
    public String password() {
        return password;
    }

    /** Commands to the node. */
    public Operations operations() {
        return node().operations();
    }

    /** What the node did. */
    public Events events() {
        return node().events();
    }

    /**
     * Everything that a person or a program needs to use it.
     *
     * @throws SandboxException if the node has no admin token
     */
    public ConnectionSheet sheet() throws SandboxException {
        Map<String, ConnectionSheet.Member> list = new LinkedHashMap<>();
        Map<String, Long> pids = new LinkedHashMap<>();
        members()
                .forEach(
                        (name, endpoint) -> {
                            list.put(
                                    name,
                                    new ConnectionSheet.Member(endpoint.toString(), role(name)));
                            postmaster(name).ifPresent(pid -> pids.put(name, pid));
                        });
        pids.put("shoestring", ProcessHandle.current().pid());
        return new ConnectionSheet(
                listener(),
                list,
                USER,
                password,
                SandboxConfiguration.DATABASE,
                "http://" + node().admin(),
                token(),
                directory.configuration(),
                pids);
    }

    /**
     * Copies the log to a place where it outlives the sandbox.
     *
     * @return the copy
     * @throws SandboxException if it cannot be copied
     */
    public Path rescueLog() throws SandboxException {
        Path copy = directory.path().resolveSibling(directory.path().getFileName() + ".log");
        try {
            return Files.copy(directory.log(), copy);
        } catch (IOException e) {
            throw new SandboxException("Cannot copy the log to " + copy + ": " + e, e);
        }
    }

    private String token() throws SandboxException {
        try {
            return Files.readString(directory.adminToken()).lines().findFirst().orElse("");
        } catch (IOException e) {
            throw new SandboxException("Cannot read the admin token: " + e.getMessage(), e);
        }
    }

    private String role(String member) {
        return database().stream()
                .flatMap(database -> database.members().stream())
                .filter(status -> status.name().equals(member))
                .map(MemberStatus::role)
                .findFirst()
                .orElse("unknown");
    }

    /** Ends everything and removes it; blocks until that is done. Closing twice does nothing. */
    @Override
    public void close() {
        closing = true;
        boolean alone = cutOffStart();
        try {
            takeDown();
        } finally {
            if (alone) {
                lifecycle.unlock();
            }
        }
        if (!Thread.currentThread().equals(hook)) {
            forgetHook();
        }
    }

    /**
     * A start that is under way is interrupted, and what it may wait for is ended, until it gives
     * up; one that does not is not waited for longer. Returns whether it gave up.
     */
    private boolean cutOffStart() {
        long deadline =
                surroundings.clock().nanos() + TimeUnit.SECONDS.toNanos(CUTTING_OFF_SECONDS_MAX);
        while (surroundings.clock().nanos() - deadline < 0) {
            if (starting) {
                starter.interrupt();
                processes.cutOff();
            }
            try {
                if (lifecycle.tryLock(CUTTING_OFF_PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                    return true;
                }
            } catch (InterruptedException _) {
                // Asked to hurry; there is nothing to hurry with.
            }
        }
        return false;
    }

    private void takeDown() {
        if (takenDown) {
            return;
        }
        takenDown = true;
        RunningNode running = node;
        node = null;
        if (running != null) {
            running.close();
        }
        processes.stop(options.keep() ? Manner.FAST : Manner.IMMEDIATE);
        if (options.keep()) {
            progress("kept " + directory.path());
            return;
        }
        try {
            directory.delete();
        } catch (IOException e) {
            progress(directory.path() + " could not be removed: " + e + "; remove it by hand");
        }
    }

    private void forgetHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The process is ending already; the hook finds nothing left to do.
        }
    }

    /**
     * Gives a start up that is no longer wanted.
     *
     * @throws SandboxException if so
     */
    void checkNotClosing() throws SandboxException {
        if (closing) {
            throw new SandboxException("The start was interrupted.");
        }
    }

    /** The sentence, and what the node logged last: the directory will be gone. */
    private String told(String sentence) {
        if (!Files.exists(directory.log())) {
            return sentence;
        }
        try {
            List<String> lines = Files.readAllLines(directory.log());
            int from = Math.max(0, lines.size() - LOG_LINES_TOLD);
            return sentence
                    + "\nThe log's last lines:\n  "
                    + String.join("\n  ", lines.subList(from, lines.size()));
        } catch (IOException _) {
            return sentence;
        }
    }

    private void progress(String text) {
        surroundings.progress().accept(text);
    }

    private RunningNode node() {
        return requireNonNull(node, "the sandbox is closed");
    }

    private static String secret() {
        byte[] bytes = new byte[12];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
