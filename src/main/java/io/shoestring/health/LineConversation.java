package io.shoestring.health;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** One question, one line for an answer. */
record LineConversation(String question, Pattern good, String goodbye) implements Conversation {
    private static final int LONGEST_LINE = 1_024;

    /** A server that wants a password is alive; one that loads its data is not ready. */
    static Conversation redis() {
        return new LineConversation("PING\r\n", Pattern.compile("\\+PONG|-NOAUTH .*"), "QUIT\r\n");
    }

    static Conversation memcached() {
        return new LineConversation("version\r\n", Pattern.compile("VERSION .+"), "quit\r\n");
    }

    @Override
    public byte[] opening() {
        return question.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public Step read(byte[] received, boolean ended) {
        Optional<String> line = Conversation.firstLine(received, ended);
        if (line.isEmpty()) {
            return received.length > LONGEST_LINE
                    ? Conversation.failed(Verdict.Code.L7RSP, "the answer has no end of line")
                    : new Step.Wait();
        }
        if (line.get().isEmpty() && ended) {
            return Conversation.failed(Verdict.Code.L7RSP, "closed without an answer");
        }
        return good.matcher(line.get()).matches()
                ? Conversation.passed(line.get(), goodbye)
                : Conversation.failed(
                        Verdict.Code.L7STS, "answered " + Conversation.shown(line.get()));
    }
}
