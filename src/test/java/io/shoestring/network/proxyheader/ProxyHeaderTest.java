package io.shoestring.network.proxyheader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.shoestring.config.BackendConfig.ProxyProtocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** The bytes of the PROXY protocol; HAProxy and nginx are in another test. */
@Timeout(30)
class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final List<ProxyHeader> HEADERS =
            List.of(
                    ProxyHeader.OWN,
                    header("10.0.0.1", 1, "192.168.0.200", 65_535),
                    header("fd00::1", 56_324, "2001:db8::ff", 443));

    private static ProxyHeader header(String source, int from, String destination, int to) {
        return new ProxyHeader(
                Optional.of(
                        new ProxyHeader.Addresses(
                                new InetSocketAddress(source, from),
                                new InetSocketAddress(destination, to))));
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text.replace("|", "\r\n"), StandardCharsets.ISO_8859_1);
    }

    private static ByteBuf binary(String hexadecimal) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(SIGNATURE + hexadecimal));
    }

    @ParameterizedTest
    @EnumSource(
            value = ProxyProtocol.class,
            names = {"V1", "V2"})
    void whatIsWrittenIsReadHoweverItComes(ProxyProtocol version) throws Exception {
        for (ProxyHeader header : HEADERS) {
            ByteBuf all = Unpooled.buffer();
            header.writeTo(all, version);
            all.writeByte('x');
            for (int length = 0; length < all.readableBytes() - 1; length++) {
                ByteBuf part = all.slice(0, length);
                assertThat(ProxyHeader.read(part)).as("%d bytes", length).isEmpty();
                assertThat(part.readerIndex()).isZero();
            }
            assertThat(ProxyHeader.read(all)).contains(header);
            assertThat(all.readableBytes()).isOne();
        }
    }

    @Test
    void isWhatTheSpecificationSays() throws Exception {
        assertThat(ProxyHeader.read(bytes("PROXY TCP4 255.255.255.255 1.2.3.4 65535 65535|")))
                .contains(header("255.255.255.255", 65_535, "1.2.3.4", 65_535));
        assertThat(ProxyHeader.read(bytes("PROXY UNKNOWN ffff::1 ffff::2 1 2|")))
                .contains(ProxyHeader.OWN);
        // TLVs behind the addresses, a datagram, and a command for the connection itself.
        assertThat(ProxyHeader.read(binary("2111000f0a0000010a0000020050005104ffff")))
                .contains(header("10.0.0.1", 80, "10.0.0.2", 81));
        assertThat(ProxyHeader.read(binary("2112000c0a0000010a00000200500051")))
                .contains(ProxyHeader.OWN);
        assertThat(ProxyHeader.read(binary("20110003ffffff"))).contains(ProxyHeader.OWN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1|",
                "P|",
                "proxy TCP4 1.1.1.1 1.1.1.2 1 2|",
                "PROXY TCP5 1.1.1.1 1.1.1.2 1 2|",
                "PROXY TCP4 1.1.1.1 1.1.1.2 1|",
                "PROXY TCP4 1.1.1.1 1.1.1.2 1 2 |",
                "PROXY TCP4 1.1.1.1 1.1.1.2 1 65536|",
                "PROXY TCP4 1.1.1.1 1.1.1.2 01 2|",
                "PROXY TCP4 1.1.1 1.1.1.256 1 2|",
                "PROXY TCP4 ::1 ::2 1 2|",
                "PROXY TCP6 1.1.1.1 1.1.1.2 1 2|",
                "PROXY TCP4 localhost 1.1.1.2 1 2|",
                "PROXY UNKNOWN\n"
            })
    void linesThatAreNoneAreRefused(String line) {
        assertThatThrownBy(() -> ProxyHeader.read(bytes(line)))
                .isInstanceOf(ProxyHeaderException.class);
    }

    @Test
    void aLineThatDoesNotEndIsRefused() {
        assertThatThrownBy(() -> ProxyHeader.read(bytes("PROXY TCP4 " + "1".repeat(100))))
                .hasMessageContaining("107");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1111000c00",
                "2211000c00",
                "2311000c00",
                "2111000b",
                "21210023",
                "2111ffff"
            })
    void binaryThatIsNoneIsRefused(String rest) {
        assertThatThrownBy(() -> ProxyHeader.read(binary(rest + "00".repeat(64))))
                .isInstanceOf(ProxyHeaderException.class);
    }

    @Test
    void noBytesDoMoreThanBeRefused() {
        var random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            ByteBuf in = Unpooled.buffer();
            HEADERS.get(i % HEADERS.size())
                    .writeTo(in, i % 2 == 0 ? ProxyProtocol.V1 : ProxyProtocol.V2);
            int changes = 1 + random.nextInt(3);
            for (int j = 0; j < changes; j++) {
                in.setByte(random.nextInt(in.writerIndex()), random.nextInt(256));
            }
            try {
                assertThat(ProxyHeader.read(in)).isNotNull();
            } catch (ProxyHeaderException e) {
                assertThat(e).hasMessageStartingWith("it");
            }
        }
    }
}
