package io.shoestring.consensus.etcd;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ConsensusException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLException;

/**
 * Requests to an etcd: its members in turn, a token where one is needed, all within one time-out. A
 * write is given to a second member only if the first has certainly not seen it: what was on its
 * way may have been done, and is reported as unknown. Thread-safe.
 */
final class EtcdCalls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdCalls.class);

    /** Calls are bounded in real time, whatever clock leases are waited for by. */
    private static final Clock TIME = Clock.system();

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration ATTEMPT = Duration.ofMillis(1_500);
    private static final Duration CONNECT = Duration.ofMillis(700);
    private static final long BETWEEN_ROUNDS_MILLIS = 50;
    private static final int UNAUTHENTICATED = 16;
    private static final int UNAVAILABLE = 14;
    private static final int INVALID_ARGUMENT = 3;

    private final EtcdSettings settings;
    private final HttpClient http;
    private final AtomicInteger preferred = new AtomicInteger();
    private volatile Optional<String> token = Optional.empty();
    private volatile boolean closed;

    /** What may be done about a missing answer. */
    enum Kind {
        /** Asked again wherever. */
        READ,
        /** Its effect is unknown when there is no answer. */
        WRITE
    }

    /** An answer that says no. */
    private static final class Refusal extends IOException {
        private static final long serialVersionUID = 1L;
        private final int code;

        Refusal(int code, String message) {
            super(message);
            this.code = code;
        }

        boolean isAboutToken() {
            // An old revision of the users is an invalid argument to etcd, and the text may be
            // lost.
            return code == UNAUTHENTICATED || code == INVALID_ARGUMENT;
        }

        /** This member cannot serve now, and did not begin to. */
        boolean isNoLeader() {
            return code == UNAVAILABLE && String.valueOf(getMessage()).contains("no leader");
        }
    }

    EtcdCalls(EtcdSettings settings) throws IOException {
        this.settings = settings;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT)
                        .sslContext(EtcdTls.context(settings))
                        .build();
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** The answer to {@code body}, which is sent to {@code path} of a member. */
    JsonNode call(String path, JsonNode body, Kind kind) throws ConsensusException {
        Duration patience = settings.timeout().minus(EtcdSilence.MOST);
        long until = TIME.nanos() + patience.toNanos();
        int at = preferred.get();
        Set<String> reasons = new LinkedHashSet<>();
        while (TIME.nanos() - until < 0) {
            for (int tries = 0; tries < settings.endpoints().size(); tries++, at++) {
                requireOpen();
                Duration left = Duration.ofNanos(until - TIME.nanos());
                if (!left.isPositive()) {
                    break;
                }
                Optional<JsonNode> answer =
                        attempt(at, path, body, kind, min(left, ATTEMPT), reasons);
                if (answer.isPresent()) {
                    return answer.get();
                }
            }
            pause();
        }
        throw new ConsensusException(
                "The etcd gave no answer within %.1f s (%s): %s. %s"
                        .formatted(
                                patience.toMillis() / 1000.0,
                                String.join(", ", reasons),
                                silence(),
                                kind == Kind.READ
                                        ? "Start what is down, or mend the network to it."
                                        : "Nothing was changed."));
    }

    private Optional<JsonNode> attempt(
            int at, String path, JsonNode body, Kind kind, Duration most, Set<String> reasons)
            throws ConsensusException {
        int member = at % settings.endpoints().size();
        URI endpoint = settings.endpoints().get(member);
        try {
            JsonNode answer = post(endpoint, path, body, most);
            preferred.set(member);
            return Optional.of(answer);
        } catch (IOException e) {
            LOG.debug("{}{}", endpoint, path, e);
            refuseIfFinal(endpoint, e, kind);
            reasons.add(reason(e));
            return Optional.empty();
        }
    }

    private String silence() throws ConsensusException {
        return new EtcdSilence(http, settings.endpoints()).sentence();
    }

    /** What no other member would answer better, or what nobody may do a second time. */
    private void refuseIfFinal(URI endpoint, IOException e, Kind kind) throws ConsensusException {
        if (e instanceof Refusal refusal && refusal.code != UNAVAILABLE) {
            throw new ConsensusException(
                    "The etcd at " + endpoint + " refused the request: " + e.getMessage(), e);
        }
        if (kind == Kind.WRITE && !certainlyNotDone(e)) {
            // The member that was asked may be the one that hangs: the next call asks another.
            preferred.compareAndSet(
                    settings.endpoints().indexOf(endpoint),
                    (settings.endpoints().indexOf(endpoint) + 1) % settings.endpoints().size());
            throw new ConsensusException(
                    "The etcd at %s gave no answer to a change (%s): %s. Whether it was made is not"
                            .concat(" known.")
                            .formatted(endpoint, reason(e), silence()),
                    e);
        }
    }

    private static boolean certainlyNotDone(IOException e) {
        return e instanceof ConnectException
                || e instanceof HttpConnectTimeoutException
                || e instanceof SSLException
                || (e instanceof Refusal refusal && refusal.isNoLeader());
    }

    private static String reason(IOException e) {
        return Optional.ofNullable(e.getMessage()).orElseGet(() -> noText(e));
    }

    private static String noText(IOException e) {
        return e instanceof ConnectException
                ? "nobody listens there"
                : e.getClass().getSimpleName();
    }

    private JsonNode post(URI endpoint, String path, JsonNode body, Duration most)
            throws IOException, ConsensusException {
        try {
            return send(endpoint, path, body, most);
        } catch (Refusal refusal) {
            if (settings.login().isEmpty() || !refusal.isAboutToken()) {
                throw refusal;
            }
            // It was refused, so it was not done, and may be asked again.
            token = Optional.empty();
            return send(endpoint, path, body, most);
        }
    }

    private JsonNode send(URI endpoint, String path, JsonNode body, Duration most)
            throws IOException, ConsensusException {
        HttpRequest request = request(endpoint, path, body).build();
        HttpResponse<byte[]> response = await(request, JsonBody.handler(), most);
        return parsed(response.statusCode(), response.body());
    }

    /** An answer without an end, at the first member that gives one. */
    InputStream stream(String path, JsonNode body) throws IOException, ConsensusException {
        requireOpen();
        int at = preferred.get();
        URI endpoint = settings.endpoints().get(at);
        try {
            HttpRequest request = request(endpoint, path, body).build();
            var response = await(request, HttpResponse.BodyHandlers.ofInputStream(), ATTEMPT);
            if (response.statusCode() != 200) {
                try (InputStream in = response.body()) {
                    parsed(response.statusCode(), in.readAllBytes());
                }
            }
            return response.body();
        } catch (IOException e) {
            token = Optional.empty();
            preferred.compareAndSet(at, (at + 1) % settings.endpoints().size());
            throw e;
        }
    }

    private HttpRequest.Builder request(URI endpoint, String path, JsonNode body)
            throws IOException, ConsensusException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(endpoint.resolve(path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
        if (settings.login().isPresent()) {
            request.header("Authorization", token(endpoint, settings.login().get()));
        }
        return request;
    }

    private String token(URI endpoint, EtcdSettings.Login login)
            throws IOException, ConsensusException {
        Optional<String> known = token;
        if (known.isPresent()) {
            return known.get();
        }
        ObjectNode body =
                object().put("name", login.user()).put("password", password(login.passwordFile()));
        HttpRequest request =
                HttpRequest.newBuilder(endpoint.resolve("/v3/auth/authenticate"))
                        .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                        .build();
        HttpResponse<byte[]> response = await(request, JsonBody.handler(), ATTEMPT);
        try {
            String made = parsed(response.statusCode(), response.body()).path("token").asString();
            token = Optional.of(made);
            return made;
        } catch (Refusal refusal) {
            if (refusal.code == UNAVAILABLE) {
                throw refusal;
            }
            throw new ConsensusException(
                    ("The etcd at %s does not let user %s in: %s. Check consensus.user and the"
                                    + " password in %s.")
                            .formatted(
                                    endpoint,
                                    login.user(),
                                    refusal.getMessage(),
                                    login.passwordFile()),
                    refusal);
        }
    }

    private static String password(Path file) throws ConsensusException {
        try (var lines = Files.lines(file)) {
            return lines.findFirst().orElse("");
        } catch (IOException e) {
            throw new ConsensusException(
                    "The password for the etcd cannot be read from " + file + ": " + e, e);
        }
    }

    /** Bounds the whole answer; the client's own time-out ends with the header. */
    private <T> HttpResponse<T> await(
            HttpRequest request, HttpResponse.BodyHandler<T> handler, Duration most)
            throws IOException, ConsensusException {
        CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request, handler);
        try {
            return answer.get(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no answer within " + most.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConsensusException("The call was interrupted; its effect is unknown.", e);
        } finally {
            answer.cancel(true);
        }
    }

    private static JsonNode parsed(int status, byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (status == 200) {
            return parse(text);
        }
        JsonNode node = text.isEmpty() ? object() : parse(text);
        throw new Refusal(
                node.path("code").asInt(codeOf(status)),
                node.path("message").asString(wordsOf(status)));
    }

    /** The gRPC status that the gateway tells by an HTTP status. */
    private static int codeOf(int status) {
        return switch (status) {
            case 400 -> INVALID_ARGUMENT;
            case 401 -> UNAUTHENTICATED;
            case 503, 504 -> UNAVAILABLE;
            default -> 0;
        };
    }

    private static String wordsOf(int status) {
        return switch (status) {
            case 400 -> "it does not accept what was sent (HTTP status 400)";
            case 401 -> "it does not know who asks (HTTP status 401)";
            case 403 -> "the user may not do this (HTTP status 403)";
            case 503, 504 -> "it cannot serve at this moment (HTTP status " + status + ")";
            default -> "HTTP status " + status;
        };
    }

    static JsonNode parse(String text) throws IOException {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new IOException("the answer is not that of an etcd", e);
        }
    }

    private void requireOpen() throws ConsensusException {
        if (closed) {
            throw new ConsensusException("The cluster's memory is closed: the node is stopping.");
        }
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static void pause() throws ConsensusException {
        try {
            Thread.sleep(BETWEEN_ROUNDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConsensusException("The call was interrupted.", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        http.shutdownNow();
    }
}
