package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a server asks for or says in a message of type {@link BackendType#AUTHENTICATION}. */
public sealed interface Authentication {
    int OK = 0;
    int CLEARTEXT_PASSWORD = 3;
    int MD5_PASSWORD = 5;
    int SASL = 10;
    int SASL_CONTINUE = 11;
    int SASL_FINAL = 12;

    /** Authenticated. */
    record Ok() implements Authentication {}

    /** The password itself is wanted. */
    record CleartextPassword() implements Authentication {}

    /** A response made by {@link Md5Password#response} is wanted. */
    record Md5Challenge(int salt) implements Authentication {
        /** The salt as it was sent: four bytes. */
        public byte[] saltBytes() {
            return new byte[] {
                (byte) (salt >>> 24), (byte) (salt >>> 16), (byte) (salt >>> 8), (byte) salt
            };
        }
    }

    /** The server's SASL mechanisms, its preferred one first. */
    record Sasl(List<String> mechanisms) implements Authentication {
        public Sasl {
            mechanisms = List.copyOf(mechanisms);
        }
    }

    /** A challenge in a SASL exchange. */
    record SaslContinue(String data) implements Authentication {}

    /** The server's last word in a SASL exchange; {@link Ok} follows. */
    record SaslFinal(String data) implements Authentication {}

    /** GSSAPI, SSPI, Kerberos …: nothing that a proxy can answer. */
    record Unsupported(int kind) implements Authentication {}

    /**
     * Reads the body of an Authentication message.
     *
     * @throws ProtocolViolation if the body is malformed
     */
    static Authentication read(ByteBuf in, int bodyIndex, int bodyLength) {
        var body = new BodyReader("Authentication", in, bodyIndex, bodyLength);
        int kind = body.nextInt();
        Authentication request =
                switch (kind) {
                    case OK -> new Ok();
                    case CLEARTEXT_PASSWORD -> new CleartextPassword();
                    case MD5_PASSWORD -> new Md5Challenge(body.nextInt());
                    case SASL -> new Sasl(mechanisms(body));
                    case SASL_CONTINUE -> new SaslContinue(rest(body));
                    case SASL_FINAL -> new SaslFinal(rest(body));
                    default -> {
                        body.skip(body.remaining());
                        yield new Unsupported(kind);
                    }
                };
        body.expectEnd();
        return request;
    }

    private static List<String> mechanisms(BodyReader body) {
        List<String> mechanisms = new ArrayList<>();
        for (String name = body.nextString(); !name.isEmpty(); name = body.nextString()) {
            mechanisms.add(name);
        }
        return mechanisms;
    }

    private static String rest(BodyReader body) {
        return new String(body.nextBytes(body.remaining()), StandardCharsets.UTF_8);
    }
}
