package io.shoestring.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/**
 * Requests to one node. By Java's older client, because a command shall be done before anybody
 * waits: the newer one makes TLS ready even for those who do not use it, which takes longer than
 * all the rest of {@code shoestring status}.
 */
final class NodeCall {
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(3);

    /** The handshake is part of it, and a Java that just began needs a while for its first. */
    private static final Duration TLS_PATIENCE = Duration.ofSeconds(9);

    private final String origin;
    private final Optional<SSLSocketFactory> tls;
    private final String authorization;

    /**
     * @param origin {@code http://HOST:PORT} or {@code https://HOST:PORT}
     * @param tls with which it is spoken to, if it is {@code https}
     * @param authorization the header
     */
    NodeCall(String origin, Optional<SSLSocketFactory> tls, String authorization) {
        this.origin = origin;
        this.tls = tls;
        this.authorization = authorization;
    }

    /**
     * What a node answered.
     *
     * @param status of HTTP
     * @param body to be closed by whoever asked
     */
    record Answer(int status, InputStream body) {
        String text() throws IOException {
            try (body) {
                return new String(body.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    /**
     * Asks for something.
     *
     * @param patience for each piece of the answer; zero: for ever
     * @throws IOException if there is no answer
     */
    Answer get(String path, Duration patience) throws IOException {
        return answerOf(open(path, patience));
    }

    /**
     * Wants something done. It is sent once: who gets no answer does not know whether it was done.
     *
     * @throws IOException if there is no answer
     */
    Answer post(String path, String json, Duration patience) throws IOException {
        HttpURLConnection connection = open(path, patience);
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        connection.setRequestMethod("POST");
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setDoOutput(true);
        // Java sends what it has kept a second time when a connection breaks; this it does not
        // keep.
        connection.setFixedLengthStreamingMode(body.length);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        return answerOf(connection);
    }

    private HttpURLConnection open(String path, Duration patience) throws IOException {
        var connection = (HttpURLConnection) URI.create(origin + path).toURL().openConnection();
        if (connection instanceof HttpsURLConnection secure) {
            tls.ifPresent(secure::setSSLSocketFactory);
        }
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout(
                (int) (tls.isPresent() ? TLS_PATIENCE : CONNECT_PATIENCE).toMillis());
        connection.setReadTimeout((int) patience.toMillis());
        connection.setRequestProperty("Authorization", authorization);
        return connection;
    }

    private static Answer answerOf(HttpURLConnection connection) throws IOException {
        try {
            int status = connection.getResponseCode();
            InputStream body =
                    status < 400 ? connection.getInputStream() : connection.getErrorStream();
            return new Answer(status, body == null ? InputStream.nullInputStream() : body);
        } catch (HttpRetryException refused) {
            return new Answer(refused.responseCode(), InputStream.nullInputStream());
        }
    }
}
