package io.shoestring.health;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig.ProxyProtocol;
import io.shoestring.config.CheckConfig;
import io.shoestring.network.EventLoops;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The checks of one server, one after the other, on one event loop. Results come from checks and,
 * by choice, from the traffic.
 */
public final class ServerCheck implements Ongoing {
    /** Checks of many servers that began together drift apart. */
    private static final double JITTER = 0.1;

    /** As in HAProxy: one broken page must not take a server away from all the others. */
    private static final int BAD_ANSWERS_OF_A_FAILURE = 10;

    private static final Duration FIRST_WITHIN = Duration.ofMillis(50);

    private final CheckedServer server;
    private final CheckConfig config;
    private final ProxyProtocol introduced;
    private final EventLoops loops;
    private final EventLoop loop;
    private final Clock clock;
    private final Colleagues colleagues;
    private final HealthCounter counter;
    private final AtomicInteger badAnswers = new AtomicInteger();
    private volatile Optional<Result> latest = Optional.empty();
    private @Nullable Future<?> next;
    private @Nullable Thread command;
    private String lastTold = "";
    private boolean running;
    private boolean stopped;
    private long failures;
    private long falls;

    /**
     * What is known after the last check.
     *
     * @param health from 0 to {@code rise + fall - 1}
     * @param failures failed checks while it was up
     * @param falls how often it went down
     */
    public record Result(
            Verdict verdict, boolean up, int health, long failures, long falls, long atNanos) {
        private Result with(boolean nowUp, int nowHealth) {
            return new Result(verdict, nowUp, nowHealth, failures, falls, atNanos);
        }
    }

    ServerCheck(
            CheckedServer server,
            CheckConfig config,
            ProxyProtocol introduced,
            EventLoops loops,
            EventLoop loop,
            Clock clock,
            Colleagues colleagues) {
        this.server = server;
        this.config = config;
        this.introduced = introduced;
        this.loops = loops;
        this.loop = loop;
        this.clock = clock;
        this.colleagues = config.shared() ? colleagues : Colleagues.NONE;
        this.counter = new HealthCounter(config.rise(), config.fall());
    }

    /** As it is configured. */
    public CheckConfig config() {
        return config;
    }

    /** What the last check gave; empty before the first. Any thread. */
    public Optional<Result> latest() {
        return latest;
    }

    /** The traffic failed: counts as a failed check, if that is wanted. Any thread. */
    public void trafficFailed(String why) {
        if (config.traffic() != CheckConfig.Traffic.IGNORED) {
            loop.execute(() -> count(Verdict.failed(Verdict.Code.HANA, why)));
        }
    }

    /** An answer was an error: so many in a row count as one failed check. Any thread. */
    public void trafficAnsweredBadly(String why) {
        if (config.traffic() == CheckConfig.Traffic.ANSWERS
                && badAnswers.incrementAndGet() % BAD_ANSWERS_OF_A_FAILURE == 0) {
            loop.execute(
                    () ->
                            count(
                                    Verdict.failed(
                                            Verdict.Code.HANA,
                                            BAD_ANSWERS_OF_A_FAILURE
                                                    + " requests in a row failed, the last: "
                                                    + why)));
        }
    }

    /** An answer was well. Any thread. */
    public void trafficSucceeded() {
        if (badAnswers.get() != 0) {
            badAnswers.set(0);
        }
    }

    /** An operator says how it is; the next checks count from there. Any thread. */
    public void become(boolean up, String why) {
        loop.execute(
                () -> {
                    counter.become(up);
                    latest = latest.map(last -> last.with(up, counter.health()));
                    server.found(up, why);
                });
    }

    void start() {
        long within = Math.min(FIRST_WITHIN.toNanos(), config.every().toNanos());
        loop.execute(() -> schedule(ThreadLocalRandom.current().nextLong(within)));
    }

    @Override
    public void stop() {
        loop.execute(
                () -> {
                    stopped = true;
                    if (next != null) {
                        next.cancel(false);
                    }
                    if (command != null) {
                        command.interrupt();
                    }
                });
    }

    private void schedule(long nanos) {
        if (!stopped) {
            next = loop.schedule(this::run, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void run() {
        if (!server.isChecked() || server.address().isUnresolved()) {
            schedule(pause());
            return;
        }
        Optional<Colleagues.Told> told = colleagues.ask(place(), freshFor());
        if (told.isPresent()) {
            take(told.get());
            schedule(pause());
            return;
        }
        running = true;
        if (config.protocol() == CheckConfig.Protocol.COMMAND) {
            command =
                    CommandProbe.start(
                            config.command(),
                            server.name(),
                            address(),
                            config.timeout(),
                            loop,
                            clock,
                            this::ended);
            return;
        }
        Probe.start(
                loops,
                loop,
                clock,
                address(),
                config.timeout().toMillis(),
                // Only the server's own port is behind the PROXY protocol, and speaks TLS.
                config.port().isPresent() ? ProxyProtocol.NONE : introduced,
                alloc -> isEncrypted() ? server.tls(alloc) : Optional.empty(),
                conversation(),
                this::ended);
    }

    /** Each check counts once. */
    private void take(Colleagues.Told told) {
        if (!told.check().equals(lastTold)) {
            lastTold = told.check();
            count(told.verdict());
        }
    }

    private String place() {
        return server.name() + " " + server.address();
    }

    /** Who checks has said nothing for so long that it may be gone. */
    private Duration freshFor() {
        return config.every().multipliedBy(2).plus(config.timeout());
    }

    /** A check by hello says its own. */
    private boolean isEncrypted() {
        return config.port().isEmpty() && config.protocol() != CheckConfig.Protocol.TLS_HELLO;
    }

    private void ended(Verdict verdict) {
        running = false;
        colleagues.found(place(), verdict);
        count(verdict);
        schedule(pause());
    }

    private InetSocketAddress address() {
        var own = server.address();
        return config.port().isPresent()
                ? new InetSocketAddress(own.getAddress(), config.port().getAsInt())
                : own;
    }

    private Optional<Conversation> conversation() {
        return switch (config.protocol()) {
            case TCP, COMMAND -> Optional.empty();
            case TLS_HELLO -> Optional.of(new TlsHelloConversation(config.http().host()));
            case HTTP -> {
                var own = server.address();
                String host = own.getAddress().getHostAddress();
                String bracketed = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
                yield Optional.of(
                        new HttpConversation(config.http(), bracketed + ":" + own.getPort()));
            }
            case REDIS -> Optional.of(LineConversation.redis());
            case MEMCACHED -> Optional.of(LineConversation.memcached());
            case SMTP -> Optional.of(new SmtpConversation());
            case MYSQL -> Optional.of(new MysqlConversation(config.user()));
            case POSTGRESQL -> Optional.of(new PostgresConversation(config.user()));
        };
    }

    /** On the loop. */
    private void count(Verdict verdict) {
        boolean first = latest.isEmpty();
        boolean before = counter.isUp();
        if (verdict.passed()) {
            counter.passed();
        } else {
            failures += before ? 1 : 0;
            counter.failed();
        }
        boolean now = counter.isUp();
        falls += before && !now ? 1 : 0;
        latest =
                Optional.of(
                        new Result(verdict, now, counter.health(), failures, falls, clock.nanos()));
        if (first || before != now) {
            server.found(now, verdict.text());
        }
        hurry();
    }

    /** What the traffic found is looked at sooner than planned. */
    private void hurry() {
        if (!running && next != null && !counter.isCertain() && next.cancel(false)) {
            schedule(pause());
        }
    }

    private long pause() {
        Duration planned = counter.isCertain() ? config.every() : config.fast();
        double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
        return (long) (planned.toNanos() * factor);
    }
}
