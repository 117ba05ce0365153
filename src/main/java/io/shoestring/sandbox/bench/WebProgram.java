package io.shoestring.sandbox.bench;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A program that stands before a web server, configured as its own documentation advises. All do
 * what their users have on: a check of the server, a line for each request, headers that tell the
 * server who asks.
 */
interface WebProgram {
    /** Starts it, and returns when it takes connections. */
    Contender start(WebOrigin origin) throws BenchException, IOException, InterruptedException;

    /** This build of Shoestring. */
    static WebProgram own() throws BenchException {
        return new ShoestringWeb("shoestring", OwnProgram.with(List.of()), false);
    }

    /** The same with nothing on that can be left out. */
    static WebProgram bare() throws BenchException {
        return new ShoestringWeb("with-nothing-on", OwnProgram.with(List.of()), true);
    }

    /** A peer; empty if it cannot carry such a thing. */
    static Optional<WebProgram> of(Peer peer, WebShape shape) {
        return switch (peer.kind()) {
            case HAPROXY -> Optional.of(new HaproxyWeb(peer));
            case NGINX ->
                    shape.http()
                            ? Optional.of(new NginxWeb(peer.name(), peer.program().toString()))
                            : Optional.empty();
            case SHOESTRING ->
                    Optional.of(
                            new ShoestringWeb(
                                    peer.name(), List.of(peer.program().toString()), false));
            case PGBOUNCER, PGPOOL -> Optional.empty();
        };
    }
}
