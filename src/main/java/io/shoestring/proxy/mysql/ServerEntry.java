package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.shoestring.model.Endpoint;
import io.shoestring.network.tls.HandshakeWatch;
import io.shoestring.network.tls.TlsCaller;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.Packet;

import java.util.Optional;

/**
 * The way into a server: its greeting, TLS if that is wanted, and the log-in. On the connection's
 * event loop.
 */
final class ServerEntry {
    private final ServerLogin login;
    private final Endpoint server;
    private final Events events;
    private Optional<TlsCaller> tls = Optional.empty();
    private boolean handshaking;

    /** How it comes out. */
    interface Events {
        /** It is logged in. */
        void entered(OkPacket ok);

        /** The server does not let the user in. */
        void refused(ErrorPacket error);

        /** The server cannot be used; in a clause. */
        void failed(String why);
    }

    ServerEntry(ServerLogin login, Endpoint server, Events events) {
        this.login = login;
        this.server = server;
        this.events = events;
    }

    ServerLogin login() {
        return login;
    }

    /** Encrypts, by this, before anything about the user is said. */
    void encryptBy(TlsCaller caller) {
        tls = Optional.of(caller);
        login.encryption(
                caller.isOptional()
                        ? ServerLogin.Encryption.IF_POSSIBLE
                        : ServerLogin.Encryption.ALWAYS);
    }

    /** Takes one packet; false: it is not there as a whole, or TLS is waited for. */
    boolean read(Channel channel, ByteBuf in) {
        int at = in.readerIndex();
        if (handshaking || in.readableBytes() < Packet.HEADER_BYTES) {
            return false;
        }
        int length = Packet.length(in, at);
        if (length == 0 || length > AnswerReader.LOOKED_AT_BYTES_MAX) {
            throw new MysqlViolation("a packet of the log-in has " + length + " bytes");
        }
        if (in.readableBytes() < Packet.HEADER_BYTES + length) {
            return false;
        }
        in.skipBytes(Packet.HEADER_BYTES + length);
        int number = Packet.number(in, at);
        ByteBuf reply = channel.alloc().buffer(256);
        var outcome = login.read(in, at + Packet.HEADER_BYTES, length, number + 1, reply);
        send(channel, reply);
        switch (outcome) {
            case ServerLogin.Outcome.Goes _ -> {}
            case ServerLogin.Outcome.Encrypts _ -> encrypt(channel, in);
            case ServerLogin.Outcome.Impossible(String why) -> events.failed(why);
            case ServerLogin.Outcome.Done(OkPacket ok) -> events.entered(ok);
            case ServerLogin.Outcome.Refused(ErrorPacket error) -> events.refused(error);
        }
        return true;
    }

    private static void send(Channel channel, ByteBuf reply) {
        if (reply.isReadable()) {
            channel.writeAndFlush(reply, channel.voidPromise());
        } else {
            reply.release();
        }
    }

    private void encrypt(Channel channel, ByteBuf in) {
        if (in.isReadable()) {
            // Whoever is between us could have put words into the server's mouth.
            events.failed("sent unencrypted bytes behind its greeting");
            return;
        }
        handshaking = true;
        channel.pipeline()
                .addFirst(
                        tls.orElseThrow().handler(channel.alloc(), server.host(), server.port()),
                        new HandshakeWatch(clause -> events.failed("was not believed: " + clause)));
    }

    /** TLS is there. */
    void encrypted(Channel channel) {
        handshaking = false;
        ByteBuf reply = channel.alloc().buffer(256);
        login.encrypted(reply);
        send(channel, reply);
    }
}
