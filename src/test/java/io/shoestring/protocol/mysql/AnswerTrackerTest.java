package io.shoestring.protocol.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shoestring.protocol.mysql.AnswerTracker.Seen;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** Where answers end, by their bytes. */
class AnswerTrackerTest {
    private static final int OLD = Capability.PROTOCOL_41;
    private static final int NEW = OLD | Capability.DEPRECATE_EOF | Capability.SESSION_TRACK;
    private static final String COLUMN = "0364656600";

    private static List<Seen> seen(long capabilities, Command command, String... payloads) {
        AnswerTracker tracker = new AnswerTracker(capabilities);
        tracker.begin(command.answer());
        List<Seen> seen = new ArrayList<>();
        for (String payload : payloads) {
            ByteBuf bytes = Unpooled.wrappedBuffer(HexFormat.of().parseHex(payload));
            seen.add(tracker.packet(bytes, 0, bytes.readableBytes()));
        }
        boolean ended = seen.getLast() != Seen.PART && seen.getLast() != Seen.PREPARED;
        assertThat(tracker.isIdle()).isEqualTo(ended && seen.getLast() != Seen.FILE_WANTED);
        return seen;
    }

    @Test
    void okAndErrorAreWhole() {
        assertThat(seen(OLD, Command.QUERY, "00000002000000")).containsExactly(Seen.OK_END);
        assertThat(seen(OLD, Command.PING, "ff1504")).containsExactly(Seen.ERROR_END);
        assertThat(seen(OLD, Command.SET_OPTION, "fe00000200")).containsExactly(Seen.EOF_END);
        assertThat(seen(NEW, Command.SET_OPTION, "fe000002000000")).containsExactly(Seen.OK_END);
        assertThat(seen(OLD, Command.STATISTICS, "557074696d65")).containsExactly(Seen.END);
    }

    @Test
    void progressIsNoError() {
        String progress = "ffffff0101020000000000054e6f6e65";
        assertThat(seen(OLD, Command.QUERY, progress, progress, "00000002000000"))
                .containsExactly(Seen.PROGRESS, Seen.PROGRESS, Seen.OK_END);
    }

    @Test
    void rowsEndAsWasAgreed() {
        assertThat(seen(OLD, Command.QUERY, "01", COLUMN, "fe00000200", "0131", "fb", "fe00000200"))
                .containsExactly(
                        Seen.PART, Seen.PART, Seen.PART, Seen.PART, Seen.PART, Seen.EOF_END);
        assertThat(seen(NEW, Command.QUERY, "01", COLUMN, "0131", "fe000002000000"))
                .containsExactly(Seen.PART, Seen.PART, Seen.PART, Seen.OK_END);
        assertThat(seen(OLD, Command.QUERY, "01", COLUMN, "fe00000200", "0131", "ff2505"))
                .endsWith(Seen.ERROR_END);
    }

    @Test
    void aRowOfALongValueIsNoEnd() {
        AnswerTracker tracker = new AnswerTracker(NEW);
        tracker.begin(Command.Answer.ROWS);
        ByteBuf row = Unpooled.wrappedBuffer(new byte[] {(byte) 0xfe});
        assertThat(tracker.needs(Packet.PAYLOAD_MAX, 0xfe)).isEqualTo(1);
        assertThat(tracker.packet(row, 0, Packet.PAYLOAD_MAX)).isEqualTo(Seen.PART);
        // What continues it may begin with any byte.
        assertThat(tracker.packet(row, 0, 1)).isEqualTo(Seen.PART);
        ByteBuf end = Unpooled.wrappedBuffer(HexFormat.of().parseHex("fe000002000000"));
        assertThat(tracker.packet(end, 0, 7)).isEqualTo(Seen.OK_END);
    }

    @Test
    void severalResultsAreOneAnswer() {
        assertThat(
                        seen(
                                OLD,
                                Command.QUERY,
                                "0000000a000000",
                                "01",
                                COLUMN,
                                "fe00000a00",
                                "fe00000a00",
                                "00000002000000"))
                .containsExactly(
                        Seen.OK_PART, Seen.PART, Seen.PART, Seen.PART, Seen.PART, Seen.OK_END);
    }

    @Test
    void anOpenCursorHasNoRows() {
        assertThat(seen(OLD, Command.STATEMENT_EXECUTE, "01", COLUMN, "fe00004200"))
                .endsWith(Seen.EOF_END);
        assertThat(seen(NEW, Command.STATEMENT_EXECUTE, "01", COLUMN, "fe000042000000"))
                .endsWith(Seen.OK_END);
    }

    @Test
    void aPreparationEndsAfterItsParametersAndColumns() {
        assertThat(seen(OLD, Command.STATEMENT_PREPARE, "000500000000000000000000"))
                .containsExactly(Seen.PREPARED_END);
        assertThat(
                        seen(
                                OLD,
                                Command.STATEMENT_PREPARE,
                                "000500000001000100000000",
                                COLUMN,
                                "fe00000200",
                                COLUMN,
                                "fe00000200"))
                .containsExactly(Seen.PREPARED, Seen.PART, Seen.PART, Seen.PART, Seen.END);
        assertThat(seen(NEW, Command.STATEMENT_PREPARE, "000500000001000100000000", COLUMN, COLUMN))
                .containsExactly(Seen.PREPARED, Seen.PART, Seen.END);
    }

    @Test
    void aFileIsWaitedFor() {
        AnswerTracker tracker = new AnswerTracker(OLD);
        tracker.begin(Command.QUERY.answer());
        ByteBuf wish = Unpooled.wrappedBuffer(HexFormat.of().parseHex("fb66"));
        assertThat(tracker.packet(wish, 0, 2)).isEqualTo(Seen.FILE_WANTED);
        assertThat(tracker.wantsFile()).isTrue();
        tracker.fileSent();
        ByteBuf ok = Unpooled.wrappedBuffer(HexFormat.of().parseHex("00000002000000"));
        assertThat(tracker.packet(ok, 0, 7)).isEqualTo(Seen.OK_END);
    }

    @Test
    void whatComesUnaskedIsAViolation() {
        AnswerTracker tracker = new AnswerTracker(OLD);
        ByteBuf ok = Unpooled.wrappedBuffer(HexFormat.of().parseHex("00000002000000"));
        assertThatThrownBy(() -> tracker.packet(ok, 0, 7))
                .isInstanceOf(MysqlViolation.class)
                .hasMessage("an answer comes to no question");
    }

    @Test
    void noBytesMakeItFailInAnotherWay() {
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            AnswerTracker tracker = new AnswerTracker(random.nextBoolean() ? OLD : NEW);
            Command[] all = Command.values();
            tracker.begin(all[random.nextInt(all.length)].answer());
            try {
                for (int i = 0; i < 6; i++) {
                    byte[] payload = new byte[random.nextInt(16)];
                    random.nextBytes(payload);
                    if (payload.length > 0 && random.nextBoolean()) {
                        payload[0] = (byte) new int[] {0, 0xfe, 0xff, 0xfb, 1}[random.nextInt(5)];
                    }
                    tracker.packet(Unpooled.wrappedBuffer(payload), 0, payload.length);
                }
            } catch (MysqlViolation violation) {
                assertThat(violation.getMessage()).as("seed %d", seed).isNotEmpty();
            }
        }
    }
}
