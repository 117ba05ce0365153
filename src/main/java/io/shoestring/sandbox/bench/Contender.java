package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

/**
 * Who is measured.
 *
 * @param kind what program it is, in which the goals are written
 * @param load asks it; the credentials are those of the servers behind it
 */
record Contender(
        String name, Peer.Kind kind, Endpoint endpoint, ProcessFigures figures, Load load) {}
