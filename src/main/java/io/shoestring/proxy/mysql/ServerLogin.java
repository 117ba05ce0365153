package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.AuthenticationPackets;
import io.shoestring.protocol.mysql.CachingSha2Password;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.LoginRequest;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.NativePassword;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.ServerGreeting;
import io.shoestring.protocol.mysql.SqlState;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** Logs in at a server in a client's name, by what the client has shown of its password. */
final class ServerLogin {
    /** What we need for ourselves, whatever the client can. */
    private static final long WANTED =
            Capability.PROTOCOL_41
                    | Capability.SECURE_CONNECTION
                    | Capability.PLUGIN_AUTH
                    | Capability.SESSION_TRACK;

    private final ClientIdentity identity;
    private final String schema;
    private @Nullable ServerGreeting greeting;
    private byte[] challenge = {};
    private long capabilities;
    private Encryption encryption = Encryption.NONE;
    private boolean encrypted;

    /** Whether the log-in goes through TLS. */
    enum Encryption {
        NONE,
        IF_POSSIBLE,
        ALWAYS
    }

    /** What a packet of the server's means. */
    sealed interface Outcome {
        /** It goes on. */
        record Goes() implements Outcome {}

        /** TLS begins; the log-in is {@link #encrypted} when it is there. */
        record Encrypts() implements Outcome {}

        /** This server does not do what has to be. */
        record Impossible(String why) implements Outcome {}

        /** We are in. */
        record Done(OkPacket ok) implements Outcome {}

        /** We are not. */
        record Refused(ErrorPacket error) implements Outcome {}
    }

    /**
     * @param schema the default schema to begin with; empty: none
     */
    ServerLogin(ClientIdentity identity, String schema) {
        this.identity = identity;
        this.schema = schema;
    }

    /** TLS is wanted. */
    void encryption(Encryption wanted) {
        encryption = wanted;
    }

    /** The default schema to begin with; empty: none. */
    String schema() {
        return schema;
    }

    /** What was agreed upon. */
    long capabilities() {
        return capabilities;
    }

    /** The server's number of the connection; 0 before its greeting. */
    int connectionId() {
        return greeting == null ? 0 : greeting.connectionId();
    }

    /**
     * Takes the server's next packet.
     *
     * @param number of the reply
     * @param reply where it is written, if there is one
     */
    Outcome read(ByteBuf in, int at, int length, int number, ByteBuf reply) {
        int first = in.getUnsignedByte(at);
        if (first == ErrorPacket.HEADER) {
            return new Outcome.Refused(ErrorPacket.read(in, at, length));
        }
        ServerGreeting known = greeting;
        if (known == null) {
            return greet(ServerGreeting.read(in, at, length), number, reply);
        }
        return switch (first) {
            case OkPacket.HEADER -> new Outcome.Done(OkPacket.read(in, at, length, capabilities));
            case AuthenticationPackets.SWITCH -> {
                var wanted = AuthenticationPackets.Switch.read(in, at, length);
                challenge = wanted.challenge();
                yield prove(wanted.method(), number, reply);
            }
            case AuthenticationPackets.MORE -> more(in, at, length, number, reply);
            default -> throw new MysqlViolation("the log-in is answered with byte " + first);
        };
    }

    private Outcome greet(ServerGreeting said, int number, ByteBuf reply) {
        greeting = said;
        challenge = said.challenge();
        long possible = said.capabilities() | Capability.LONG_PASSWORD;
        capabilities = (identity.capabilities() | WANTED) & Capability.SUPPORTED & possible;
        capabilities &=
                ~(Capability.CONNECT_WITH_DB | Capability.LONG_AUTHENTICATION | Capability.SSL);
        if (!schema.isEmpty()) {
            capabilities |= Capability.CONNECT_WITH_DB;
        }
        if (encryption == Encryption.NONE) {
            request(said).write(reply, number);
            return new Outcome.Goes();
        }
        if (!Capability.has(said.capabilities(), Capability.SSL)) {
            if (encryption == Encryption.ALWAYS) {
                return new Outcome.Impossible("does not speak TLS");
            }
            request(said).write(reply, number);
            return new Outcome.Goes();
        }
        capabilities |= Capability.SSL;
        request(said).writeTlsRequest(reply, number);
        return new Outcome.Encrypts();
    }

    /** TLS is there: the log-in follows, in the packet after the wish for TLS. */
    void encrypted(ByteBuf reply) {
        encrypted = true;
        if (greeting != null) {
            request(greeting).write(reply, 2);
        }
    }

    private LoginRequest request(ServerGreeting said) {
        // A method that we do not know is asked for by the server afterwards.
        Optional<byte[]> proof = identity.credentials().proof(said.method(), challenge);
        String method = proof.isPresent() ? said.method() : NativePassword.METHOD;
        return new LoginRequest(
                capabilities,
                identity.packetBytesMax(),
                identity.collation(),
                identity.user(),
                proof.or(() -> identity.credentials().proof(method, challenge))
                        .orElseGet(() -> new byte[0]),
                schema,
                method,
                identity.attributes());
    }

    private Outcome prove(String method, int number, ByteBuf reply) {
        Optional<byte[]> proof = identity.credentials().proof(method, challenge);
        if (proof.isEmpty()) {
            return new Outcome.Refused(
                    new ErrorPacket(
                            ErrorCode.ACCESS_DENIED,
                            SqlState.ACCESS_DENIED,
                            "Access denied for user '"
                                    + identity.user()
                                    + "': the server wants "
                                    + method
                                    + ", which the proxy cannot answer for this client"));
        }
        AuthenticationPackets.data(reply, number, proof.get());
        return new Outcome.Goes();
    }

    private Outcome more(ByteBuf in, int at, int length, int number, ByteBuf reply) {
        int what = length > 1 ? in.getUnsignedByte(at + 1) : 0;
        if (length == 2 && what == CachingSha2Password.FAST_SUCCEEDED) {
            return new Outcome.Goes();
        }
        if (length == 2
                && what == CachingSha2Password.FULL_WANTED
                && encrypted
                && identity.credentials() instanceof Credentials.Password known) {
            byte[] withZero = Arrays.copyOf(known.bytes(), known.bytes().length + 1);
            AuthenticationPackets.data(reply, number, withZero);
            return new Outcome.Goes();
        }
        if (length == 2 && what == CachingSha2Password.FULL_WANTED) {
            AuthenticationPackets.data(reply, number, new byte[] {CachingSha2Password.KEY_WANTED});
            return new Outcome.Goes();
        }
        if (!(identity.credentials() instanceof Credentials.Password password)) {
            return prove("the password itself", number, reply);
        }
        try {
            String pem = in.toString(at + 1, length - 1, StandardCharsets.US_ASCII);
            byte[] key =
                    Base64.getDecoder()
                            .decode(pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", ""));
            AuthenticationPackets.data(
                    reply,
                    number,
                    CachingSha2Password.encrypt(
                            password.bytes(),
                            challenge,
                            KeyFactory.getInstance("RSA")
                                    .generatePublic(new X509EncodedKeySpec(key))));
            return new Outcome.Goes();
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new MysqlViolation("the server's public key cannot be used");
        }
    }
}
