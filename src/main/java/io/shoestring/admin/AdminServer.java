package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.shoestring.base.Check;
import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.AdminConfig;
import io.shoestring.config.AdminConfig.User;
import io.shoestring.model.Endpoint;
import io.shoestring.monitoring.Events;
import io.shoestring.network.tls.TlsDoor;
import io.shoestring.network.tls.TlsException;
import io.shoestring.node.Operations;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Serves the API and the page over HTTP/1.1, on an event loop of its own: the data plane never
 * waits for it. The configuration has TLS and users for every address but loopback ones.
 */
public final class AdminServer implements AutoCloseable {
    private static final WriteBufferWaterMark WRITE_LIMIT =
            new WriteBufferWaterMark(256 * 1024, 1024 * 1024);

    private final AdminConfig config;
    private final AdminToken token;
    private final Accounts accounts;
    private final Optional<TlsDoor> tls;
    private final EventStream stream;
    private final Connections connections;
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final MultiThreadIoEventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(
                    1, new DefaultThreadFactory("admin", true), NioIoHandler.newFactory());
    private final RuntimeCommands commands;
    private @Nullable Channel listener;
    private Optional<RuntimeSocket> runtime = Optional.empty();

    /**
     * What is shown and done through it.
     *
     * @param balancers of this node
     * @param orders to the servers of all nodes
     */
    public record Served(
            Operations operations,
            Balancers balancers,
            ServerOrders orders,
            Measurements measurements,
            Configurations configurations) {
        public Served {
            requireNonNull(operations, "operations is null");
            requireNonNull(balancers, "balancers is null");
            requireNonNull(orders, "orders is null");
            requireNonNull(measurements, "measurements is null");
            requireNonNull(configurations, "configurations is null");
        }

        /** Of a node that is alone. */
        public Served(
                Operations operations,
                Balancers balancers,
                Measurements measurements,
                Configurations configurations) {
            this(operations, balancers, balancers, measurements, configurations);
        }

        /** Of a node that has nothing else. */
        static Served only(Operations operations) {
            return new Served(operations, Balancers.NONE, Measurements.NONE, Configurations.FIXED);
        }
    }

    /**
     * Prepares the server of a node without backends.
     *
     * @throws IOException if the token file cannot be used; the message says what to do
     */
    public AdminServer(AdminConfig config, Operations operations, Events events, String version)
            throws IOException {
        this(config, Served.only(operations), events, version);
    }

    /**
     * Prepares a server and its token; the token file is made when it does not exist.
     *
     * @param version of the build, for people to read
     * @throws IOException if the token file cannot be used; the message says what to do
     */
    public AdminServer(AdminConfig config, Served served, Events events, String version)
            throws IOException {
        this(config, served, events, version, Clock.system(), Duration.ofSeconds(30));
    }

    AdminServer(
            AdminConfig config,
            Operations operations,
            Events events,
            String version,
            Clock clock,
            Duration patience)
            throws IOException {
        this(config, Served.only(operations), events, version, clock, patience);
    }

    private AdminServer(
            AdminConfig config,
            Served served,
            Events events,
            String version,
            Clock clock,
            Duration patience)
            throws IOException {
        Operations operations = served.operations();
        this.config = requireNonNull(config, "config is null");
        this.token = AdminToken.readOrMake(config.tokenFile());
        this.tls = openTls(config);
        this.stream = new EventStream(operations, events, clock, WallClock.system());
        this.accounts = new Accounts(token, config.users());
        Routes routes =
                new Routes(
                        new Gate(accounts, events, clock),
                        new HostCheck(config.bind()),
                        operations,
                        version,
                        new Api(operations, events),
                        new BackendApi(
                                served.balancers(),
                                served.orders(),
                                operations,
                                served.measurements(),
                                events),
                        new FiguresApi(served.measurements()),
                        new MachineApi(served.measurements(), operations, WallClock.system()),
                        new ConfigurationApi(served.configurations()));
        this.commands =
                new RuntimeCommands(
                        served.balancers(), operations, new RuntimeInfo(version, clock));
        this.connections = new Connections(tls, routes, stream, workers, patience.toMillis());
    }

    private static Optional<TlsDoor> openTls(AdminConfig config) throws IOException {
        try {
            return config.tls().isPresent()
                    ? Optional.of(TlsDoor.open("admin", config.tls().get(), List.of("http/1.1")))
                    : Optional.empty();
        } catch (TlsException e) {
            throw new IOException("admin.tls: " + e.getMessage(), e);
        }
    }

    /** Others may come in from now on; whoever is in and no longer among them is out. */
    public void become(Map<String, User> users) {
        accounts.become(users);
    }

    /**
     * Binds the address and serves from now on.
     *
     * @throws IOException if the address cannot be bound; the message says what to do
     */
    public void start() throws IOException {
        Check.that(listener == null, "the admin server is started once");
        Endpoint bind = config.bind();
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loop)
                        .channel(NioServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_LIMIT)
                        .childHandler(connections)
                        .bind(bind.host(), bind.port())
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "The admin address "
                            + bind
                            + " cannot be used: "
                            + bound.cause().getMessage()
                            + ". Set another admin.bind, or stop what listens there.",
                    bound.cause());
        }
        listener = bound.channel();
        if (config.runtime().isPresent()) {
            runtime =
                    Optional.of(
                            RuntimeSocket.open(config.runtime().get(), commands, Clock.system()));
        }
        stream.start();
    }

    /** The address that is bound, with the port that the machine gave when 0 was asked for. */
    public Endpoint address() {
        Channel bound = requireNonNull(listener, "the admin server is not started");
        int port = ((InetSocketAddress) bound.localAddress()).getPort();
        return new Endpoint(config.bind().host(), port);
    }

    /** The secret; for those who start a node for a person, as the sandbox does. */
    public String token() {
        return token.value();
    }

    /**
     * A link that opens the page without asking for the token. The token is behind the {@code #}: a
     * browser does not send that part, so it is in no log.
     */
    public String loginLink() {
        return (tls.isPresent() ? "https://" : "http://")
                + address()
                + "/login#token="
                + token.value();
    }

    /** Stops at once; clients see their connection end. */
    @Override
    public void close() {
        stream.close();
        runtime.ifPresent(RuntimeSocket::close);
        if (listener != null) {
            listener.close().awaitUninterruptibly();
        }
        connections.closeAll();
        tls.ifPresent(TlsDoor::close);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
        workers.shutdownNow();
    }
}
