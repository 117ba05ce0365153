package io.shoestring.protocol.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.protocol.postgresql.StartupPacket.Cancel;
import io.shoestring.protocol.postgresql.StartupPacket.GssEncRequest;
import io.shoestring.protocol.postgresql.StartupPacket.SslRequest;
import io.shoestring.protocol.postgresql.StartupPacket.Startup;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.LinkedHashMap;
import java.util.Map;

@Timeout(30)
class StartupPacketTest {
    private static final int PROTOCOL_3_0 = 3 << 16;

    @Test
    void readsWhatTheFrontendWrites() {
        ByteBuf ssl = Unpooled.buffer();
        FrontendMessages.sslRequest(ssl);
        assertThat(StartupPacket.read(ssl)).contains(new SslRequest());

        ByteBuf cancel = Unpooled.buffer();
        FrontendMessages.cancelRequest(cancel, 17, -42);
        assertThat(StartupPacket.read(cancel)).contains(new Cancel(17, -42));

        assertThat(StartupPacket.read(Unpooled.buffer().writeInt(8).writeInt(80_877_104)))
                .contains(new GssEncRequest());

        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("user", "zoë");
        parameters.put("database", "");
        parameters.put("application_name", "a b");
        Startup startup = (Startup) readAll(startup(parameters));
        assertThat(startup.major()).isEqualTo(3);
        assertThat(startup.minor()).isZero();
        assertThat(startup.parameters()).containsExactlyEntriesOf(parameters);
        assertThat(startup.user()).isEqualTo("zoë");
        assertThat(startup.database()).isEqualTo("zoë");
        assertThat(startup.isReplication()).isFalse();
        assertThat(startup.needsNegotiation()).isFalse();
    }

    @Test
    void waitsAtEverySplitPointAndMovesNothing() {
        ByteBuf whole = startup(Map.of("user", "u", "database", "d"));
        for (int length = 0; length < whole.readableBytes(); length++) {
            ByteBuf prefix = whole.copy(0, length);
            assertThat(StartupPacket.read(prefix)).as("%d bytes", length).isEmpty();
            assertThat(prefix.readerIndex()).isZero();
        }
    }

    @Test
    void leavesTheBytesBehindThePacketAlone() {
        ByteBuf in = startup(Map.of("user", "u")).writeByte('Q');
        assertThat(StartupPacket.read(in)).isPresent();
        assertThat(in.readableBytes()).isOne();
    }

    @Test
    void tellsWhatMustBeNegotiated() {
        ByteBuf in = packet(PROTOCOL_3_0 + 2, "user\0u\0_pq_.command_tag\0on\0_pq_.x\0\0\0");
        Startup startup = (Startup) readAll(in);
        assertThat(startup.minor()).isEqualTo(2);
        assertThat(startup.protocolOptions()).containsExactly("_pq_.command_tag", "_pq_.x");
        assertThat(startup.needsNegotiation()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"database, true", "true, true", "1, true", "off, false", "false, false"})
    void knowsReplicationConnections(String value, boolean expected) {
        Startup startup = (Startup) readAll(startup(Map.of("user", "u", "replication", value)));
        assertThat(startup.isReplication()).isEqualTo(expected);
    }

    @Test
    void takesTheLastValueOfARepeatedParameterLikeTheServer() {
        ByteBuf in = packet(PROTOCOL_3_0, "user\0u\0DateStyle\0a\0DateStyle\0b\0\0");
        assertThat(((Startup) readAll(in)).parameters()).containsEntry("DateStyle", "b");
    }

    @Test
    void keepsSecretsOutOfTexts() {
        assertThat(new Cancel(17, 123_456_789)).hasToString("Cancel[processId=17]");
    }

    @Test
    void refusesImpossibleLengthsAtOnce() {
        for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 3, 7, 10_001, 0x7fff_ffff}) {
            assertThatThrownBy(() -> StartupPacket.read(Unpooled.buffer().writeInt(length)))
                    .isInstanceOf(ProtocolViolation.class)
                    .hasMessageContaining("invalid length " + length)
                    .hasMessageContaining("10000");
        }
    }

    @Test
    void acceptsTheLargestPacketThatPostgreSqlAccepts() {
        String value =
                "x".repeat(MessageLimits.STARTUP_BYTES_MAX - 8 - "user\0u\0a\0\0\0".length());
        ByteBuf in = packet(PROTOCOL_3_0, "user\0u\0a\0" + value + "\0\0");
        assertThat(in.readableBytes()).isEqualTo(MessageLimits.STARTUP_BYTES_MAX);
        assertThat(((Startup) readAll(in)).parameters()).containsEntry("a", value);
    }

    @Test
    void refusesRequestsOfTheWrongLength() {
        for (int code : new int[] {80_877_102, 80_877_103, 80_877_104}) {
            assertViolation(packet(code, "xxxx"), "08P01", "invalid length 12");
        }
    }

    @Test
    void refusesOtherProtocols() {
        assertViolation(packet(2 << 16, "user\0u\0\0"), "0A000", "protocol 2.0");
        assertViolation(packet(0x0400_0001, "user\0u\0\0"), "0A000", "protocol 1024.1");
        assertViolation(packet(0x4745_5420, "user\0u\0\0"), "0A000", "protocol 18245.21536");
    }

    @Test
    void refusesMalformedParameters() {
        assertViolation(packet(PROTOCOL_3_0, ""), "08P01", "no terminator");
        assertViolation(packet(PROTOCOL_3_0, "\0"), "28000", "no user name");
        assertViolation(packet(PROTOCOL_3_0, "user\0\0\0"), "28000", "no user name");
        assertViolation(packet(PROTOCOL_3_0, "database\0d\0\0"), "28000", "no user name");
        assertViolation(packet(PROTOCOL_3_0, "user\0u\0"), "08P01", "no terminator");
        assertViolation(packet(PROTOCOL_3_0, "user\0u"), "08P01", "without a terminator");
        assertViolation(packet(PROTOCOL_3_0, "user\0"), "08P01", "without a value");
        assertViolation(packet(PROTOCOL_3_0, "user"), "08P01", "without a terminator");
        assertViolation(packet(PROTOCOL_3_0, "user\0u\0\0x"), "08P01", "1 bytes after its end");
        assertViolation(packet(PROTOCOL_3_0, "user\0u\0user\0v\0\0"), "08P01", "'user' twice");
        assertViolation(
                packet(PROTOCOL_3_0, "user\0u\0database\0a\0database\0b\0\0"),
                "08P01",
                "'database' twice");
    }

    private static void assertViolation(ByteBuf in, String sqlState, String message) {
        assertThatThrownBy(() -> StartupPacket.read(in))
                .isInstanceOfSatisfying(
                        ProtocolViolation.class,
                        violation -> {
                            assertThat(violation.sqlState()).isEqualTo(sqlState);
                            assertThat(violation.toErrorFields().severity()).isEqualTo("FATAL");
                        })
                .hasMessageContaining(message);
    }

    private static StartupPacket readAll(ByteBuf in) {
        StartupPacket packet = StartupPacket.read(in).orElseThrow();
        assertThat(in.isReadable()).isFalse();
        return packet;
    }

    private static ByteBuf startup(Map<String, String> parameters) {
        ByteBuf out = Unpooled.buffer();
        FrontendMessages.startup(out, parameters);
        return out;
    }

    private static ByteBuf packet(int code, String rest) {
        byte[] body = rest.getBytes(ISO_8859_1);
        return Unpooled.buffer().writeInt(8 + body.length).writeInt(code).writeBytes(body);
    }
}
