package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.protocol.mysql.AnswerTracker;
import io.shoestring.protocol.mysql.AnswerTracker.Seen;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.ServerStatus;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Reads what a server answers, packet by packet, and knows to which command. Answers go to the
 * client as they came, in one piece for what was read at once; only OK packets that say more than
 * the client wants to know, and the numbers of prepared statements, are changed. On the link's
 * event loop.
 */
final class AnswerReader {
    /** Of a packet that has to be looked at whole. */
    static final int LOOKED_AT_BYTES_MAX = 1 << 20;

    private final ServerLink link;
    private final Deque<Exchange> outstanding = new ArrayDeque<>();
    private final AnswerTracker tracker;
    private final long capabilities;
    private final ByteBufAllocator allocator;
    private int payloadLeft;

    /**
     * @param capabilities that were agreed upon with the server
     */
    AnswerReader(ServerLink link, long capabilities, ByteBufAllocator allocator) {
        this.link = link;
        this.capabilities = capabilities;
        this.tracker = new AnswerTracker(capabilities);
        this.allocator = allocator;
    }

    /** A command goes out now. */
    void expect(Exchange exchange) {
        if (exchange.answer() != Command.Answer.NONE) {
            outstanding.add(exchange);
            if (outstanding.size() == 1) {
                tracker.begin(exchange.answer());
            }
        }
    }

    /** The client's command whose answer is on its way, or comes after others. */
    @Nullable Exchange clients() {
        for (Exchange each : outstanding) {
            if (each.isClients()) {
                return each;
            }
        }
        return null;
    }

    /** Whether no answer is on its way. */
    boolean isIdle() {
        return outstanding.isEmpty() && payloadLeft == 0;
    }

    /** Whether the client's file is waited for. */
    boolean wantsFile() {
        return tracker.wantsFile();
    }

    void fileSent() {
        tracker.fileSent();
    }

    /** Packet by packet; what goes through unchanged goes in one piece. */
    void read(ByteBuf in) {
        int from = in.readerIndex();
        int at = from;
        int end = in.writerIndex();
        while (!link.isEnded()) {
            if (payloadLeft > 0) {
                int part = Math.min(payloadLeft, end - at);
                tapPart(in, at, part);
                payloadLeft -= part;
                at += part;
            }
            if (end - at < Packet.HEADER_BYTES) {
                break;
            }
            int length = Packet.length(in, at);
            int body = at + Packet.HEADER_BYTES;
            int first = length > 0 && end > body ? in.getUnsignedByte(body) : 0;
            Exchange exchange = outstanding.peek();
            if (exchange == null) {
                idlePacket(in, body, length, first);
                return;
            }
            boolean streamed = exchange.isStreamed();
            int needs = streamed ? tracker.needs(length, first) : length;
            needs = Math.max(Math.min(1, length), needs);
            if (end - body < needs) {
                refuseTooLong(needs);
                break;
            }
            Seen seen = tracker.packet(in, body, length);
            tap(exchange, seen, in, at, length);
            if (link.isEnded()) {
                break;
            }
            if (seen == Seen.PART && streamed) {
                exchange.passed(Packet.number(in, at), length);
                boolean isTapped = AnswerTracker.isEof(length, first);
                at = isTapped ? body + length : body;
                payloadLeft = isTapped ? 0 : length;
                continue;
            }
            // Everything else is there as a whole.
            int next = body + length;
            boolean kept = streamed && passes(exchange, seen, in, at, length);
            if (kept) {
                exchange.passed(Packet.number(in, at), length);
            } else {
                pass(in, from, at);
                from = next;
                replace(exchange, seen, in, at, length);
            }
            at = next;
            if (isEnd(seen)) {
                pass(in, from, at);
                in.readerIndex(at);
                from = at;
                finish(exchange, seen);
            } else if (seen == Seen.FILE_WANTED) {
                pass(in, from, at);
                from = at;
                link.owner().fileWanted(link);
            }
        }
        pass(in, from, at);
        in.readerIndex(link.isEnded() ? end : at);
    }

    private void tapPart(ByteBuf in, int at, int length) {
        Exchange exchange = outstanding.peek();
        AnswerTap tap = exchange == null ? null : exchange.tap();
        if (tap != null) {
            tap.add(in, at, length);
        }
    }

    /** The packet is hashed; of a long one only its head, and the rest as it comes. */
    private static void tap(Exchange exchange, Seen seen, ByteBuf in, int at, int length) {
        AnswerTap tap = exchange.tap();
        if (tap == null) {
            return;
        }
        int body = at + Packet.HEADER_BYTES;
        boolean isEof = length > 0 && AnswerTracker.isEof(length, in.getUnsignedByte(body));
        switch (seen) {
            case PART, EOF_END -> {
                if (isEof) {
                    tap.eof(in, at, length);
                } else {
                    tap.add(in, at, Packet.HEADER_BYTES);
                }
            }
            // How far it was is not what it says.
            case PROGRESS -> {}
            case OK_PART, OK_END -> tap.ok(in, body, length);
            case ERROR_END, END, FILE_WANTED, PREPARED, PREPARED_END -> tap.add(in, body, length);
        }
    }

    private static void refuseTooLong(int needs) {
        if (needs > LOOKED_AT_BYTES_MAX) {
            throw new MysqlViolation(
                    "a packet of "
                            + needs
                            + " bytes where at most "
                            + LOOKED_AT_BYTES_MAX
                            + " are expected");
        }
    }

    /** A server that shuts down, or thinks that it waited long enough, says so unasked. */
    private void idlePacket(ByteBuf in, int body, int length, int first) {
        boolean error = first == ErrorPacket.HEADER && in.writerIndex() - body >= length;
        String why =
                error ? ErrorPacket.read(in, body, length).message() : "sent something unasked";
        in.readerIndex(in.writerIndex());
        link.lose(why);
    }

    private void pass(ByteBuf in, int from, int to) {
        Exchange exchange = outstanding.peek();
        AnswerTap tap = exchange == null ? null : exchange.tap();
        int kept = tap == null || to <= from ? 0 : tap.keeps(to - from);
        if (to - kept > from) {
            link.owner().answer(in.retainedSlice(from + kept, to - from - kept));
        }
    }

    private static boolean isEnd(Seen seen) {
        return switch (seen) {
            case OK_END, EOF_END, ERROR_END, END, PREPARED_END -> true;
            case PART, PROGRESS, OK_PART, FILE_WANTED, PREPARED -> false;
        };
    }

    /** Whether that packet goes to the client as it is. */
    private boolean passes(Exchange exchange, Seen seen, ByteBuf in, int at, int length) {
        return switch (seen) {
            case PART, PROGRESS, FILE_WANTED, EOF_END, END -> true;
            case PREPARED, PREPARED_END -> false;
            case OK_PART, OK_END -> (tracker.status() & ServerStatus.SESSION_STATE_CHANGED) == 0;
            case ERROR_END -> {
                int code = ErrorPacket.code(in, at + Packet.HEADER_BYTES, length);
                exchange.failed(code);
                yield !(exchange.isHeldIfReadOnly() && isReadOnly(code));
            }
        };
    }

    /** Whether the server says by this number that it takes no writes. */
    static boolean isReadOnly(int code) {
        return code == ErrorCode.OPTION_PREVENTS
                || code == ErrorCode.READ_ONLY_TRANSACTION
                || code == ErrorCode.READ_ONLY_MODE;
    }

    private void replace(Exchange exchange, Seen seen, ByteBuf in, int at, int length) {
        int body = at + Packet.HEADER_BYTES;
        int number = Packet.number(in, at);
        switch (seen) {
            case OK_PART, OK_END -> {
                OkPacket ok = OkPacket.read(in, body, length, capabilities);
                OkPacket shown = ok.with(link.owner().changed(link, exchange, ok.changes()));
                if (exchange.isClients()) {
                    answerInstead(exchange, number, out -> shown.write(out, number));
                }
            }
            case PREPARED, PREPARED_END -> {
                int id = link.owner().prepared(link, exchange, tracker.statementId(), in, body);
                if (exchange.isClients()) {
                    in.setIntLE(body + 1, id);
                    exchange.passed(number, length);
                    pass(in, at, body + length);
                }
            }
            case ERROR_END -> exchange.failed(ErrorPacket.read(in, body, length));
            case PART -> {
                byte[] payload = new byte[length];
                in.getBytes(body, payload);
                exchange.part(payload);
            }
            case PROGRESS, FILE_WANTED, EOF_END, END -> {}
        }
    }

    private void answerInstead(Exchange exchange, int number, Consumer<ByteBuf> writer) {
        ByteBuf out = allocator.buffer(64);
        writer.accept(out);
        exchange.passed(number, out.readableBytes());
        link.owner().answer(out);
    }

    private void finish(Exchange exchange, Seen seen) {
        outstanding.remove();
        Exchange next = outstanding.peek();
        if (next != null) {
            tracker.begin(next.answer());
        }
        boolean unnamed = seen == Seen.EOF_END || seen == Seen.ERROR_END || seen == Seen.END;
        exchange.ended(tracker.status(), !unnamed, tracker.warnings(), tracker.insertId());
        if (exchange.isClients()) {
            link.owner().answered(link, exchange);
        } else {
            exchange.conclude();
        }
    }
}
