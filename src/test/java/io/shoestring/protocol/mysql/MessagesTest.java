package io.shoestring.protocol.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Messages from bytes and back. */
class MessagesTest {
    /** The greeting of MariaDB 10.11, as it came. */
    private static final String GREETING =
            "0a352e352e352d31302e31312e362d4d6172696144422d300009000000"
                    + "3a5e55526d6d4e5400fef72d0200ff81150000000000001d000000"
                    + "56754c3c3e4134463a23552f006d7973716c5f6e61746976655f70617373776f726400";

    private static final byte[] CHALLENGE =
            "abcdefghijklmnopqrst".getBytes(StandardCharsets.US_ASCII);

    private static ByteBuf hex(String digits) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(digits));
    }

    @Test
    void aGreetingIsRead() {
        ByteBuf in = hex(GREETING);
        ServerGreeting greeting = ServerGreeting.read(in, 0, in.readableBytes());
        assertThat(greeting.version()).isEqualTo("5.5.5-10.11.6-MariaDB-0");
        assertThat(greeting.connectionId()).isEqualTo(9);
        assertThat(new String(greeting.challenge(), StandardCharsets.US_ASCII))
                .isEqualTo(":^URmmNTVuL<>A4F:#U/");
        assertThat(greeting.method()).isEqualTo(NativePassword.METHOD);
        assertThat(Capability.has(greeting.capabilities(), Capability.DEPRECATE_EOF)).isTrue();
        ByteBuf out = Unpooled.buffer();
        greeting.write(out);
        ServerGreeting again = ServerGreeting.read(out, Packet.HEADER_BYTES, Packet.length(out, 0));
        assertThat(again.challenge()).isEqualTo(greeting.challenge());
        assertThat(again.capabilities()).isEqualTo(greeting.capabilities());
    }

    @Test
    void aLogInIsReadAsItWasWritten() {
        int capabilities =
                Capability.PROTOCOL_41
                        | Capability.SECURE_CONNECTION
                        | Capability.PLUGIN_AUTH
                        | Capability.CONNECT_WITH_DB
                        | Capability.CONNECT_ATTRIBUTES;
        ByteBuf out = Unpooled.buffer();
        new LoginRequest(
                        capabilities,
                        1 << 24,
                        45,
                        "app",
                        new byte[] {1, 2, 3},
                        "shop",
                        NativePassword.METHOD,
                        new byte[] {1, 'a', 1, 'b'})
                .write(out, 1);
        LoginRequest read =
                LoginRequest.read(out, Packet.HEADER_BYTES, Packet.length(out, 0), capabilities);
        assertThat(read.user()).isEqualTo("app");
        assertThat(read.schema()).isEqualTo("shop");
        assertThat(read.proof()).containsExactly(1, 2, 3);
        assertThat(read.attributes()).containsExactly(1, 'a', 1, 'b');
        assertThat(read.collation()).isEqualTo(45);
    }

    @Test
    void whatTheSessionChangedIsReadFromAnOkPacket() {
        String variable = "0f0a6175746f636f6d6d697403" + "4f4646";
        // Kind, length, name and value; then the schema.
        String state = "00" + "0f" + variable.substring(2) + "01" + "05" + "0473686f70";
        ByteBuf in = hex("00" + "00" + "00" + "0240" + "0000" + "00" + "18" + state);
        OkPacket ok = OkPacket.read(in, 0, in.readableBytes(), Capability.SESSION_TRACK);
        assertThat(ok.changes())
                .hasSize(2)
                .satisfiesExactly(
                        first ->
                                assertThat(first)
                                        .isInstanceOfSatisfying(
                                                SessionChange.Variable.class,
                                                it -> {
                                                    assertThat(it.name()).isEqualTo("autocommit");
                                                    assertThat(it.value()).isEqualTo("OFF");
                                                }),
                        second ->
                                assertThat(second)
                                        .isInstanceOfSatisfying(
                                                SessionChange.Schema.class,
                                                it -> assertThat(it.name()).isEqualTo("shop")));
        ByteBuf out = Unpooled.buffer();
        ok.write(out, 1);
        assertThat(out.slice(4, out.readableBytes() - 4)).isEqualTo(in);
        ByteBuf silent = Unpooled.buffer();
        ok.with(List.of()).write(silent, 1);
        assertThat(silent.slice(4, silent.readableBytes() - 4)).isEqualTo(hex("00000002000000"));
    }

    @Test
    void aPayloadOfSixteenMegabytesTakesTwoPackets() {
        ByteBuf out = Unpooled.buffer();
        assertThat(Packet.write(out, 0, new byte[Packet.PAYLOAD_MAX])).isEqualTo(2);
        assertThat(Packet.length(out, 0)).isEqualTo(Packet.PAYLOAD_MAX);
        int second = Packet.HEADER_BYTES + Packet.PAYLOAD_MAX;
        assertThat(Packet.length(out, second)).isZero();
        assertThat(Packet.number(out, second)).isEqualTo(1);
    }

    @Test
    void aProofShowsTheKeyToWhoHasWhatIsStored() {
        byte[] password = "secret".getBytes(StandardCharsets.UTF_8);
        // SELECT PASSWORD('secret') of a server.
        byte[] stored =
                NativePassword.parseStored("*14E65567ABDB5135D0CFD9A70B3032C179A49EE7")
                        .orElseThrow();
        byte[] key = NativePassword.key(password);
        byte[] proof = NativePassword.proof(key, CHALLENGE);
        assertThat(NativePassword.keyFrom(proof, CHALLENGE, stored)).hasValue(key);
        proof[3] ^= 1;
        assertThat(NativePassword.keyFrom(proof, CHALLENGE, stored)).isEmpty();
        assertThat(NativePassword.parseStored("invalid")).isEmpty();
    }

    @Test
    void theNewMethodWorksFastAndInFull() throws Exception {
        byte[] password = "s3crét".getBytes(StandardCharsets.UTF_8);
        byte[] key = CachingSha2Password.key(password);
        byte[] proof = CachingSha2Password.proof(key, CHALLENGE);
        byte[] verifier = CachingSha2Password.verifier(key);
        assertThat(CachingSha2Password.keyFrom(proof, CHALLENGE, verifier)).hasValue(key);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2_048);
        KeyPair pair = generator.generateKeyPair();
        byte[] sent = CachingSha2Password.encrypt(password, CHALLENGE, pair.getPublic());
        assertThat(CachingSha2Password.decrypt(sent, CHALLENGE, pair.getPrivate()))
                .isEqualTo(password);
        sent[0] ^= 1;
        assertThatThrownBy(() -> CachingSha2Password.decrypt(sent, CHALLENGE, pair.getPrivate()))
                .isInstanceOf(MysqlViolation.class);
    }

    @Test
    void aPasswordIsAKeyOfEd25519() throws Exception {
        byte[] password = "secret".getBytes(StandardCharsets.UTF_8);
        String stored = Ed25519Password.stored(password);
        // MariaDB's own example.
        assertThat(stored).isEqualTo("ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY");
        assertThat(Ed25519Password.isStored(stored, password)).isTrue();
        assertThat(Ed25519Password.isStored(stored, new byte[] {1})).isFalse();
        byte[] x509 = Base64.getDecoder().decode("MCowBQYDK2VwAyEA" + stored.replaceAll("$", "="));
        PublicKey key =
                KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(x509));
        for (byte i = 0; i < 20; i++) {
            byte[] challenge = {i, 2, 3};
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(key);
            signature.update(challenge);
            assertThat(signature.verify(Ed25519Password.proof(password, challenge))).isTrue();
        }
    }

    @Test
    void brokenMessagesAreViolationsAndNothingElse() {
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = HexFormat.of().parseHex(GREETING);
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            ByteBuf in = Unpooled.wrappedBuffer(bytes);
            int length = random.nextInt(bytes.length + 1);
            for (Runnable reading :
                    List.<Runnable>of(
                            () -> ServerGreeting.read(in, 0, length),
                            () -> LoginRequest.read(in, 0, length, -1),
                            () -> ChangeUser.read(in, 0, length),
                            () -> OkPacket.read(in, 0, length, -1),
                            () -> ErrorPacket.read(in, 0, length),
                            () -> AuthenticationPackets.Switch.read(in, 0, length))) {
                try {
                    reading.run();
                } catch (MysqlViolation expected) {
                    assertThat(expected.toError().message()).as("seed %d", seed).isNotEmpty();
                }
            }
        }
    }
}
