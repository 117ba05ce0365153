package io.shoestring.health;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What is said in a check by one protocol. One object for one check; on its event loop. */
interface Conversation {
    /** What we say when the connection is open; perhaps nothing. */
    byte[] opening();

    /**
     * Looks at everything that was received so far.
     *
     * @param received all of it, not only what is new
     * @param ended whether the server has closed its side
     * @return what is found, or what is said next, or nothing as long as more must come
     */
    Step read(byte[] received, boolean ended);

    /** What follows from what was received. Texts are sent as Latin-1: a character is a byte. */
    sealed interface Step {
        /** More must come. */
        record Wait() implements Step {}

        /** The check is over. {@code goodbye} is said before the connection is closed. */
        record Done(Verdict verdict, String goodbye) implements Step {}

        /** This is said, once; what was received is dropped. */
        record Say(String text) implements Step {}
    }

    /** What it is when an answer does not come in time. */
    default Verdict.Code lateness() {
        return Verdict.Code.L7TOUT;
    }

    byte[] NOTHING = new byte[0];

    static Step passed(String text, String goodbye) {
        return new Step.Done(Verdict.passed(Verdict.Code.L7OK, text), goodbye);
    }

    static Step failed(Verdict.Code code, String text) {
        return new Step.Done(Verdict.failed(code, text), "");
    }

    /** The first line, if it is complete or nothing more comes. */
    static Optional<String> firstLine(byte[] received, boolean ended) {
        for (int i = 0; i < received.length; i++) {
            if (received[i] == '\n') {
                return Optional.of(text(received, i).stripTrailing());
            }
        }
        return ended
                ? Optional.of(text(received, received.length).stripTrailing())
                : Optional.empty();
    }

    /** At most 200 characters of it, without those that could do harm on a screen. */
    static String shown(String text) {
        String some = text.length() > 200 ? text.substring(0, 200) + "…" : text;
        return "'" + some.replaceAll("[^\\x20-\\x7e…]", ".") + "'";
    }

    static String text(byte[] bytes, int length) {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }
}
