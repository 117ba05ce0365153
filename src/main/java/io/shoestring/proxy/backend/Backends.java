package io.shoestring.proxy.backend;

import static java.util.Objects.requireNonNull;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig;
import io.shoestring.config.BackendTls;
import io.shoestring.config.StickyCookie;
import io.shoestring.network.EventLoops;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.network.tls.TlsException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** All backends of a node: measures them, and looks up their servers' names. */
public final class Backends implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
    private static final Duration BETWEEN_LOOKUPS = Duration.ofSeconds(30);

    private final Clock clock;
    private final EventExecutor timer;
    private final Chronicle chronicle;
    private final Future<?> measuring;
    private final Map<String, OpenTls> tls = new HashMap<>();
    private Map<String, OpenTokens> tokens = Map.of();
    private volatile Map<String, Backend> backends = Map.of();
    private Optional<Thread> lookups = Optional.empty();

    /** What servers are called by the keys of one file. */
    private record OpenTokens(Path keyFile, ServerTokens tokens) {}

    /** TLS by one configuration. */
    private record OpenTls(BackendTls config, TlsCaller caller) {}

    /**
     * Makes the backends. Blocks until the names of their servers have been looked up once.
     *
     * @param chronicle is told of every change
     * @throws TlsException if a certificate cannot be used
     * @throws IOException if a key of cookies cannot be used
     */
    public Backends(
            Map<String, BackendConfig> configs, EventLoops loops, Clock clock, Chronicle chronicle)
            throws TlsException, IOException {
        this.clock = clock;
        this.timer = loops.all().getFirst();
        this.chronicle = chronicle;
        become(configs);
        measuring = timer.scheduleAtFixedRate(this::measure, 1, 1, TimeUnit.SECONDS);
    }

    /**
     * Are configured anew. Blocks until the names of new servers have been looked up once.
     * Connections to what is gone are left alone.
     *
     * @throws TlsException if a certificate cannot be used; nothing has changed then
     * @throws IOException if a key of cookies cannot be used; nothing has changed then
     */
    public synchronized void become(Map<String, BackendConfig> configs)
            throws TlsException, IOException {
        Map<String, OpenTokens> read = readTokens(configs);
        Map<String, OpenTls> opened = openTls(configs);
        Map<String, Backend> before = backends;
        Map<String, Backend> after = new LinkedHashMap<>();
        for (BackendConfig config : configs.values()) {
            Backend known = before.get(config.name());
            if (known == null) {
                var made = new Backend(config, clock, timer, chronicle);
                made.tls(callerOf(made, opened));
                made.tokens(tokensOf(made, read));
                made.servers().forEach(Backends::lookUp);
                after.put(config.name(), made);
            } else {
                known.tls(callerOf(known, opened));
                known.tokens(tokensOf(known, read));
                known.become(config).forEach(Backends::lookUp);
                after.put(config.name(), known);
            }
        }
        backends = Collections.unmodifiableMap(after);
        keepTls(opened);
        tokens = read;
        boolean anyNames = servers().stream().anyMatch(Server::isLookedUp);
        if (anyNames && lookups.isEmpty()) {
            lookups =
                    Optional.of(Thread.ofVirtual().name("server-names").start(this::keepLookingUp));
        }
    }

    /**
     * Opens the files that another configuration needs, and lets go of them again. Blocks on the
     * file system.
     *
     * @throws TlsException if a certificate cannot be used
     * @throws IOException if a key of cookies cannot be used
     */
    public synchronized void checkFiles(Map<String, BackendConfig> configs)
            throws TlsException, IOException {
        readTokens(configs);
        closeAllBut(openTls(configs), tls);
    }

    /** What is open already is taken as it is. */
    private Map<String, OpenTls> openTls(Map<String, BackendConfig> configs) throws TlsException {
        Map<String, OpenTls> opened = new HashMap<>();
        try {
            for (BackendConfig config : configs.values()) {
                if (config.tls().isPresent()) {
                    opened.put(config.name(), openTls(config.name(), config.tls().get()));
                }
            }
            return opened;
        } catch (TlsException e) {
            closeAllBut(opened, tls);
            throw e;
        }
    }

    private OpenTls openTls(String name, BackendTls config) throws TlsException {
        OpenTls known = tls.get(name);
        return known != null && known.config().equals(config)
                ? known
                : new OpenTls(config, TlsCaller.open("backend " + name, config));
    }

    private Map<String, OpenTokens> readTokens(Map<String, BackendConfig> configs)
            throws IOException {
        Map<String, OpenTokens> read = new HashMap<>();
        for (BackendConfig config : configs.values()) {
            Optional<Path> keyFile = config.stickyCookie().flatMap(StickyCookie::keyFile);
            if (keyFile.isPresent()) {
                read.put(config.name(), readTokens(config.name(), keyFile.get()));
            }
        }
        return read;
    }

    /** A file that was good once, and is not now, changes nothing. */
    private OpenTokens readTokens(String backend, Path keyFile) throws IOException {
        OpenTokens known = tokens.get(backend);
        try {
            return new OpenTokens(keyFile, ServerTokens.signed(backend, keyFile));
        } catch (IOException e) {
            if (known == null || !known.keyFile().equals(keyFile)) {
                throw new IOException("backend " + backend + ": " + e.getMessage(), e);
            }
            LOG.warn("backend {}: the keys of before are used: {}", backend, e.getMessage());
            return known;
        }
    }

    private static ServerTokens tokensOf(Backend backend, Map<String, OpenTokens> read) {
        OpenTokens signed = read.get(backend.name());
        return signed == null ? ServerTokens.plain(backend.name()) : signed.tokens();
    }

    private static Optional<TlsCaller> callerOf(Backend backend, Map<String, OpenTls> opened) {
        return Optional.ofNullable(opened.get(backend.name())).map(OpenTls::caller);
    }

    private void keepTls(Map<String, OpenTls> opened) {
        closeAllBut(tls, opened);
        tls.clear();
        tls.putAll(opened);
    }

    private static void closeAllBut(Map<String, OpenTls> some, Map<String, OpenTls> kept) {
        some.values().stream()
                .filter(each -> !kept.containsValue(each))
                .forEach(each -> each.caller().close());
    }

    /** The backend of that name, which the configuration has. */
    public Backend get(String name) {
        return requireNonNull(backends.get(name), "unknown backend");
    }

    /** The backend of that name. */
    public Optional<Backend> find(String name) {
        return Optional.ofNullable(backends.get(name));
    }

    /** All of them, by name. */
    public List<Backend> all() {
        return backends.values().stream().sorted(Comparator.comparing(Backend::name)).toList();
    }

    /** All of them, in the order of the file. */
    public List<Backend> inOrder() {
        return List.copyOf(backends.values());
    }

    private List<Server> servers() {
        return backends.values().stream().flatMap(each -> each.servers().stream()).toList();
    }

    private void measure() {
        backends.values().forEach(Backend::measure);
    }

    private void keepLookingUp() {
        try {
            while (true) {
                Thread.sleep(BETWEEN_LOOKUPS);
                servers().stream().filter(Server::isLookedUp).forEach(Backends::lookUp);
            }
        } catch (InterruptedException _) {
            // Closed.
        }
    }

    private static void lookUp(Server server) {
        var address = server.config().address();
        Optional<InetSocketAddress> found;
        try {
            InetAddress[] known = InetAddress.getAllByName(address.host());
            found = Optional.of(new InetSocketAddress(pick(known, server), address.port()));
        } catch (UnknownHostException _) {
            found = Optional.empty();
        }
        server.backend().looked(server, found);
    }

    /** A name with several addresses keeps the one that is in use. */
    private static InetAddress pick(InetAddress[] known, Server server) {
        InetAddress used = server.address().getAddress();
        return Arrays.asList(known).contains(used) ? used : known[0];
    }

    @Override
    public synchronized void close() {
        measuring.cancel(false);
        lookups.ifPresent(Thread::interrupt);
        keepTls(Map.of());
    }
}
