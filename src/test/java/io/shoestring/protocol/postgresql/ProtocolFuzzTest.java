package io.shoestring.protocol.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Garbage ends in a {@link ProtocolViolation} and in nothing else, soon. */
@Timeout(600)
@Tag("busy")
class ProtocolFuzzTest {
    private static final int INPUTS = Integer.getInteger("shoestring.inputs", 30_000);
    private static final ScramVerifier VERIFIER =
            ScramVerifier.of("secret", 1, new byte[] {1, 2, 3});

    /** Something that reads a body. */
    private interface Reader {
        Object read(ByteBuf in, int bodyIndex, int bodyLength);
    }

    private static final List<Reader> READERS =
            List.of(
                    Authentication::read,
                    BackendBodies::parameterStatus,
                    BackendBodies::backendKeyData,
                    BackendBodies::readyForQuery,
                    BackendBodies::commandTag,
                    (in, index, length) ->
                            BackendBodies.commandTagStartsWith(in, index, length, "SELECT"),
                    ErrorFields::read,
                    (in, index, length) -> ErrorFields.hasSqlState(in, index, length, "25006"),
                    QueryBody::read,
                    ParseBody::read,
                    BindBody::read,
                    TargetBody::read,
                    ExecuteBody::read,
                    PasswordBodies::password,
                    PasswordBodies::saslInitialResponse,
                    PasswordBodies::saslResponse);

    @Test
    void readsGarbageAsBodies() {
        var random = new Random(11);
        int violations = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] garbage = garbage(random, 40);
            ByteBuf in = Unpooled.wrappedBuffer(new byte[1], garbage, new byte[3]);
            for (Reader reader : READERS) {
                violations += fails(() -> reader.read(in, 1, garbage.length));
                assertThat(in.readerIndex()).isZero();
            }
        }
        assertThat(violations).isGreaterThan(INPUTS);
    }

    @Test
    void readsGarbageAsStartupPackets() {
        var random = new Random(12);
        int violations = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] garbage = garbage(random, 60);
            ByteBuf in = Unpooled.buffer();
            if (random.nextInt(4) > 0) {
                in.writeInt(8 + garbage.length).writeInt(code(random));
            }
            in.writeBytes(garbage);
            violations += fails(() -> StartupPacket.read(in));
        }
        assertThat(violations).isGreaterThan(1_000);
    }

    private static int code(Random random) {
        return random.nextBoolean() ? 3 << 16 : 80_877_102 + random.nextInt(3);
    }

    @Test
    void readsGarbageAsScramMessages() {
        var random = new Random(13);
        int violations = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] first = scramGarbage(random);
            byte[] last = scramGarbage(random);
            var server = new ScramServer(VERIFIER, true, "server", new byte[0]);
            violations += fails(() -> server.first(ScramServer.MECHANISM, first));
            var started = new ScramServer(VERIFIER, true, "s", new byte[0]);
            started.first(ScramServer.MECHANISM, "n,,n=,r=c".getBytes(StandardCharsets.UTF_8));
            violations += fails(() -> started.last(last));
            var client = ScramClient.ofPassword("secret", "c");
            violations += fails(() -> client.last(text(last).replace("i=", "i=0")));
            client.first();
        }
        assertThat(violations).isGreaterThan(INPUTS);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] scramGarbage(Random random) {
        List<String> parts =
                List.of(
                        "n,,",
                        "y,,",
                        "p=tls-unique,,",
                        "n,a=x,",
                        "n=",
                        "r=c",
                        "r=cs",
                        "r=",
                        ",",
                        "c=biws",
                        "c=eSws",
                        "p=",
                        "p=AAAA",
                        "s=AAAA",
                        "s=!",
                        "i=1",
                        "i=x",
                        "m=x",
                        "e=other",
                        "v=AAAA",
                        "=",
                        "é",
                        "\0",
                        "x=y");
        var message = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            message.append(parts.get(random.nextInt(parts.size())));
            message.append(random.nextInt(3) > 0 ? "," : "");
        }
        byte[] bytes = message.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 0 && random.nextInt(4) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    @Test
    void parsesGarbageAsStoredPasswords() {
        var random = new Random(14);
        String good = VERIFIER.toStored();
        for (int i = 0; i < INPUTS; i++) {
            var stored = new StringBuilder(good);
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                int index = random.nextInt(stored.length());
                stored.setCharAt(index, ":$=A1- \u00e9".charAt(random.nextInt(8)));
            }
            assertThat(ScramVerifier.parse(stored.toString())).isNotNull();
            assertThat(Md5Password.parse(stored.substring(0, 35))).isNotNull();
        }
    }

    /** Zeros, small numbers and letters are what the readers look at. */
    private static byte[] garbage(Random random, int lengthMax) {
        byte[] bytes = new byte[random.nextInt(lengthMax)];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            switch (random.nextInt(4)) {
                case 0 -> bytes[i] = 0;
                case 1 -> bytes[i] = (byte) random.nextInt(13);
                case 2 -> bytes[i] = (byte) "SCMVuserdatabaseIPZ".charAt(random.nextInt(19));
                default -> {}
            }
        }
        return bytes;
    }

    /** 1 if the action fails as it should, 0 if it succeeds; anything else fails the test. */
    private static int fails(Runnable action) {
        try {
            action.run();
            return 0;
        } catch (ProtocolViolation e) {
            assertThat(e).hasMessageMatching("[ -~]+");
            return 1;
        }
    }
}
