package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.BackendConfig.Balance;
import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;
import io.shoestring.config.ListenerConfig.Protocol;
import io.shoestring.model.Endpoint;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The part of {@link Keys} that is about backends, and the listeners in front of them. */
final class BackendKeys {
    static final Value<Endpoint> TCP_BIND =
            required("bind", Formats.ENDPOINT, "127.0.0.1:6379", "Where clients connect.");

    static final Value<Protocol> TCP_PROTOCOL =
            required(
                    "protocol",
                    Formats.choice("protocol", Protocol.class),
                    "tcp",
                    "What is spoken on the listener.");

    static final Value<String> TCP_DEFAULT_BACKEND =
            optional(
                    "backend",
                    Formats.NAME,
                    "a connection that no route fits is closed",
                    "cache",
                    "The backend that clients are led to whom no route fits; one of `backends`.");

    static final Value<String> SERVER_NAME =
            required(
                    "server-name",
                    HostFormats.SERVER_NAME,
                    "shop.example.com",
                    "The name that the client asks for in TLS (SNI); `*.example.com` is every name"
                            + " with one more word in front.");

    static final Value<String> TCP_ROUTE_BACKEND =
            required(
                    "backend",
                    Formats.NAME,
                    "cache",
                    "The backend that such connections are led to; one of `backends`.");

    static final Section TCP_ROUTE =
            new Section(
                    "<route>",
                    "a route of a tcp listener",
                    new Need.Required(),
                    "Which connections go where.",
                    List.of(SERVER_NAME, TCP_ROUTE_BACKEND));

    static final Items TCP_ROUTES =
            new Items(
                    "routes",
                    new Need.Otherwise("none: every client is led to `backend`"),
                    "Which connections go where, by the name that a client asks for in TLS. Without"
                        + " `tls`, the bytes go through as they are, and the server speaks TLS.",
                    TCP_ROUTE);

    static final Value<Duration> CLIENT_TIMEOUT =
            byDefault(
                    "client-timeout",
                    Formats.DURATION_TEXT,
                    "5m",
                    "5m",
                    "How long a client may send nothing and take nothing before its connection is"
                            + " closed.");

    static final Value<Endpoint> HTTP_BIND =
            required("bind", Formats.ENDPOINT, "127.0.0.1:8080", "Where clients connect.");

    static final Value<Protocol> HTTP_PROTOCOL =
            required(
                    "protocol",
                    Formats.choice("protocol", Protocol.class),
                    "http",
                    "What is spoken on the listener.");

    static final Value<HttpListenerConfig.Forwarded> FORWARDED =
            byDefault(
                    "forwarded",
                    Formats.choice("forwarded", HttpListenerConfig.Forwarded.class),
                    "x-forwarded",
                    "x-forwarded",
                    "What servers are told of the client. `x-forwarded`: X-Forwarded-For,"
                        + " X-Forwarded-Proto and X-Forwarded-Host. `rfc7239`: Forwarded. `none`:"
                        + " nothing.");

    static final Value<HttpListenerConfig.Http2> HTTP2 =
            byDefault(
                    "http2",
                    Formats.choice("http2", HttpListenerConfig.Http2.class),
                    "tls",
                    "always",
                    "Which clients may speak HTTP/2. `tls`: those that ask for it in TLS, as every"
                            + " browser does. `always`: also those that begin with it without TLS,"
                            + " which one must tell them (`curl --http2-prior-knowledge`). `none`:"
                            + " nobody. How servers are spoken to says `http2` of the backend.");

    static final Value<String> DEFAULT_BACKEND =
            optional(
                    "backend",
                    Formats.NAME,
                    "a request that no route fits is answered with 404",
                    "cache",
                    "The backend for requests that no route fits; one of `backends`.");

    static final Value<Balance> BALANCE =
            byDefault(
                    "balance",
                    Formats.choice("rule of balancing", Balance.class),
                    "round-robin",
                    "hash",
                    "Which server takes the next connection. `round-robin`: each in turn, by"
                        + " weight. `least-connections`: the one with the fewest for its weight."
                        + " `random`: of two drawn by weight, the one with fewer. `source`: always"
                        + " the same one for a client's address, while it is up. `hash`: always the"
                        + " same one for what `hash-by` says. `first`: the first one, in the order"
                        + " of this file, that has room.");

    static final Value<RequestKey> HASH_BY =
            byDefault(
                    "hash-by",
                    RouteFormats.REQUEST_KEY,
                    "path",
                    "header X-Tenant",
                    "Which requests belong together, for `balance: hash`. TCP connections belong"
                            + " together by the client's address.");

    static final Value<Endpoint> SERVER_ADDRESS =
            required(
                    "address",
                    Formats.SERVER_ADDRESS,
                    "10.0.0.21:6379",
                    "Where the server listens.");

    static final Value<Integer> WEIGHT =
            byDefault(
                    "weight",
                    Formats.wholeNumber("weight", 0, 256),
                    "1",
                    "1",
                    "Its share beside the other servers. A server of weight 0 gets nothing new.");

    static final Value<Integer> SERVER_MAX_CONNECTIONS =
            optional(
                    "max-connections",
                    Formats.wholeNumber("number of connections", 1, 1_000_000),
                    "no limit",
                    "500",
                    "How many connections it gets at the same time; who comes then goes to another"
                            + " server, or waits.");

    static final Value<Boolean> BACKUP =
            byDefault(
                    "backup",
                    Formats.YES_OR_NO,
                    "no",
                    "no",
                    "Whether it is used only when no other server is.");

    static final Section SERVER =
            new Section(
                    "<server>",
                    "a server",
                    new Need.Required(),
                    "An address that connections are forwarded to.",
                    List.of(SERVER_ADDRESS, WEIGHT, SERVER_MAX_CONNECTIONS, BACKUP),
                    Optional.of(SERVER_ADDRESS));

    static final Table SERVERS =
            new Table(
                    "servers",
                    new Need.Required(),
                    "cache1",
                    "The servers by their names.",
                    SERVER);

    static final Value<Duration> CONNECT_TIMEOUT =
            byDefault(
                    "connect",
                    Formats.DURATION_TEXT,
                    "5s",
                    "5s",
                    "How long opening a connection to a server may take.");

    static final Value<Duration> SERVER_TIMEOUT =
            byDefault(
                    "server",
                    Formats.DURATION_TEXT,
                    "5m",
                    "5m",
                    "How long a server may send nothing and take nothing before its connection is"
                            + " closed.");

    static final Value<Duration> QUEUE_TIMEOUT =
            byDefault(
                    "queue",
                    Formats.DURATION_TEXT,
                    "5s",
                    "5s",
                    "How long a client waits for a free place when every server is at its"
                            + " `max-connections`.");

    static final Section TIMEOUTS =
            new Section(
                    "timeouts",
                    "the time-outs",
                    new Need.Otherwise("its keys have their defaults"),
                    "How long the backend is waited for.",
                    List.of(CONNECT_TIMEOUT, SERVER_TIMEOUT, QUEUE_TIMEOUT));

    static final Value<Integer> MAX_QUEUE =
            byDefault(
                    "max-queue",
                    Formats.wholeNumber("number of waiting clients", 0, 1_000_000),
                    "1000",
                    "1000",
                    "How many clients may wait for a free place; who comes then is refused.");

    static final Value<Integer> RETRIES =
            byDefault(
                    "retries",
                    Formats.wholeNumber("number of retries", 0, 100),
                    "3",
                    "3",
                    "How often a connection that could not be opened is tried again, at another"
                            + " server if there is one.");

    static final Value<Duration> SLOW_START =
            byDefault(
                    "slow-start",
                    Formats.DURATION_TEXT,
                    "0s",
                    "30s",
                    "How long a server that comes back takes to get its whole share. Not when"
                            + " Shoestring starts.");

    static final Value<Integer> PANIC_THRESHOLD =
            byDefault(
                    "panic-threshold",
                    Formats.wholeNumber("percentage", 0, 100),
                    "0",
                    "50",
                    "When less than this percentage of the servers is up, the checks are believed"
                            + " to be wrong, and all are used. 0: never.");

    static final Section BACKEND =
            new Section(
                    "<backend>",
                    "a backend",
                    new Need.Required(),
                    "Servers that do the same, and how connections are shared among them.",
                    List.of(
                            BALANCE,
                            HASH_BY,
                            SERVERS,
                            CheckKeys.CHECK,
                            CheckKeys.AGENT,
                            BackendTlsKeys.TLS,
                            BackendTlsKeys.HTTP2,
                            TIMEOUTS,
                            MAX_QUEUE,
                            RETRIES,
                            SLOW_START,
                            PANIC_THRESHOLD,
                            BreakerKeys.BREAKER,
                            ProxyHeaderKeys.SENT,
                            StickyKeys.COOKIE));

    static final Table BACKENDS =
            new Table(
                    "backends",
                    new Need.Otherwise("none"),
                    "cache",
                    "The backends of the listeners by their names.",
                    BACKEND);

    private BackendKeys() {}
}
