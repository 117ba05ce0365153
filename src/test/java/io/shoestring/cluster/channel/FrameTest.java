package io.shoestring.cluster.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

@Timeout(30)
class FrameTest {
    private static final int MOST = 1_000;

    private static byte[] bytes(Frame frame) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        frame.write(new DataOutputStream(out));
        return out.toByteArray();
    }

    private static Frame read(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        return Frame.read(in, in.readInt(), MOST);
    }

    @Test
    void everyKindComesBackAsItWent() throws IOException {
        for (Frame.Kind kind : Frame.Kind.values()) {
            byte[] body = "{\"a\":\"\u00fc\"}".getBytes(StandardCharsets.UTF_8);
            Frame back = read(bytes(new Frame(kind, Long.MIN_VALUE, "facts", body)));
            assertThat(back.kind()).isEqualTo(kind);
            assertThat(back.id()).isEqualTo(Long.MIN_VALUE);
            assertThat(back.path()).isEqualTo("facts");
            assertThat(back.body()).isEqualTo(body);
        }
    }

    @Test
    void aFrameThatIsCutAnywhereIsNotOne() throws IOException {
        byte[] whole = bytes(new Frame(Frame.Kind.CALL, 7, "facts", new byte[5]));
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void aLengthOutOfBoundsTakesNoMemory() {
        for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 9, MOST + 1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> read(ByteBuffer.allocate(40).putInt(length).array()))
                    .isInstanceOf(IOException.class)
                    .hasMessage(
                            "a message of " + length + " bytes; between 10 and 1000 are allowed");
        }
    }

    @Test
    void nonsenseIsRefusedAndNothingElseHappens() {
        Random random = new Random(20_261_121);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            if (bytes.length > 4) {
                ByteBuffer.wrap(bytes).putInt(random.nextInt(80));
            }
            try {
                assertThat(read(bytes).bytes()).isLessThanOrEqualTo(MOST);
            } catch (IOException e) {
                assertThat(e).isNotNull();
            }
        }
    }
}
