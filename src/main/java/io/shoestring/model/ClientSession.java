package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * What one client has under way at a listener: a connection that is carried, or a request.
 *
 * @param id by which it is named to end it; of all that are open at once no two have the same
 * @param listener that it came to
 * @param client its address and port
 * @param backend that it was led to; empty while that is open
 * @param server that it has, as the backend names it; empty while it has none
 * @param ageSeconds since it began
 * @param idleSeconds since something came or went last
 */
public record ClientSession(
        long id,
        String listener,
        String client,
        Optional<String> backend,
        Optional<String> server,
        long ageSeconds,
        long idleSeconds) {
    public ClientSession {
        requireNonNull(listener, "listener is null");
        requireNonNull(client, "client is null");
        requireNonNull(backend, "backend is null");
        requireNonNull(server, "server is null");
    }

    /** Whether it has that server. */
    public boolean isAt(String ofBackend, String named) {
        return backend.filter(ofBackend::equals).isPresent()
                && server.filter(named::equals).isPresent();
    }
}
