package io.shoestring.health;

import static java.util.Objects.requireNonNull;

import java.util.OptionalInt;

/**
 * What came of one check.
 *
 * @param status the protocol's own code, such as HTTP's
 * @param text what was seen, as a clause: "connection refused"
 * @param millis how long it took
 */
public record Verdict(boolean passed, Code code, OptionalInt status, String text, long millis) {
    public Verdict {
        requireNonNull(code, "code is null");
        requireNonNull(status, "status is null");
        requireNonNull(text, "text is null");
    }

    /** How far a check came; the names are HAProxy's, which many tools know. */
    public enum Code {
        /** The traffic failed. */
        HANA("Health analyze"),
        L4OK("Layer4 check passed"),
        L4TOUT("Layer4 timeout"),
        L4CON("Layer4 connection problem"),
        L6OK("Layer6 check passed"),
        L6TOUT("Layer6 timeout"),
        L6RSP("Layer6 invalid response"),
        L7OK("Layer7 check passed"),
        L7TOUT("Layer7 timeout"),
        L7RSP("Layer7 invalid response"),
        L7STS("Layer7 wrong status"),
        PROCOK("External check passed"),
        PROCERR("External check error"),
        PROCTOUT("External check timeout");

        private final String description;

        Code(String description) {
            this.description = description;
        }

        /** HAProxy's words for it. */
        public String description() {
            return description;
        }
    }

    static Verdict passed(Code code, String text) {
        return new Verdict(true, code, OptionalInt.empty(), text, 0);
    }

    static Verdict failed(Code code, String text) {
        return new Verdict(false, code, OptionalInt.empty(), text, 0);
    }

    Verdict withStatus(int seen) {
        return new Verdict(passed, code, OptionalInt.of(seen), text, millis);
    }

    Verdict after(long tookMillis) {
        return new Verdict(passed, code, status, text, tookMillis);
    }
}
