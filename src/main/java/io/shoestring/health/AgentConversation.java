package io.shoestring.health;

import java.util.Optional;
import java.util.function.Consumer;

/** The agent's one line. Nothing is said to it. */
record AgentConversation(Consumer<String> lines) implements Conversation {
    private static final int LONGEST_LINE = 4_096;

    @Override
    public byte[] opening() {
        return NOTHING;
    }

    @Override
    public Step read(byte[] received, boolean ended) {
        Optional<String> line = Conversation.firstLine(received, ended);
        if (line.isEmpty() && received.length < LONGEST_LINE) {
            return new Step.Wait();
        }
        if (line.isEmpty() || line.get().isBlank()) {
            return Conversation.failed(Verdict.Code.L7RSP, "closed without an answer");
        }
        lines.accept(line.get());
        return Conversation.passed(line.get(), "");
    }
}
