package io.shoestring.health;

/** The greeting, HELO, and QUIT (RFC 5321 §4.1.1.1). */
final class SmtpConversation implements Conversation {
    private static final int LONGEST_REPLY = 16_384;
    private boolean greeted;

    @Override
    public byte[] opening() {
        return NOTHING;
    }

    @Override
    public Step read(byte[] received, boolean ended) {
        String text = Conversation.text(received, received.length);
        String last = lastLine(text);
        if (last.isEmpty()) {
            return ended || text.length() > LONGEST_REPLY
                    ? Conversation.failed(Verdict.Code.L7RSP, "closed without an answer")
                    : new Step.Wait();
        }
        if (!last.startsWith("2")) {
            return Conversation.failed(Verdict.Code.L7STS, "answered " + Conversation.shown(last));
        }
        if (greeted) {
            return Conversation.passed(last, "QUIT\r\n");
        }
        greeted = true;
        return new Step.Say("HELO localhost\r\n");
    }

    /** The last line of a complete reply: three digits and no hyphen; else empty. */
    private static String lastLine(String text) {
        for (String line : text.split("\r?\n", -1)) {
            boolean whole = text.contains(line + "\r\n") || text.contains(line + "\n");
            if (whole && line.matches("[0-9]{3}( .*)?")) {
                return line;
            }
        }
        return "";
    }
}
