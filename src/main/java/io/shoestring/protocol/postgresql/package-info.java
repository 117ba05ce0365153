/**
 * PostgreSQL's frontend/backend protocol 3.0 (PostgreSQL documentation, chapter 'Frontend/Backend
 * Protocol').
 *
 * <p>Starting points: {@link io.shoestring.protocol.postgresql.StartupPacket} for a connection's
 * first packet, {@link io.shoestring.protocol.postgresql.MessageHeader} for the framing of
 * everything after it, {@link io.shoestring.protocol.postgresql.BackendMessages} and {@link
 * io.shoestring.protocol.postgresql.FrontendMessages} for what a proxy itself says, {@link
 * io.shoestring.protocol.postgresql.ScramServer} and {@link
 * io.shoestring.protocol.postgresql.ScramClient} for passwords.
 *
 * <p>A peer's bytes that break the protocol surface as {@link
 * io.shoestring.protocol.postgresql.ProtocolViolation} and as nothing else. Strings of the protocol
 * are UTF-8 here unless a method says otherwise; whatever a proxy only forwards is never decoded.
 */
@NullMarked
package io.shoestring.protocol.postgresql;

import org.jspecify.annotations.NullMarked;
