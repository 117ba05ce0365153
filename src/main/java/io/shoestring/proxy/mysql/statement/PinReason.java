package io.shoestring.proxy.mysql.statement;

/** What ties a session to its connection to the primary, because it cannot be made anew. */
public enum PinReason {
    USER_VARIABLE("a user variable"),
    TEMPORARY_TABLE("a temporary table"),
    LOCK("a lock"),
    PREPARED_BY_SQL("a statement prepared by SQL"),
    HANDLER("an open handler"),
    VALUE_FOR_ONE_STATEMENT("a variable that counts for one statement"),
    NOT_TRACKED("a server that does not say what changes in a session"),
    UNEXPLAINED("a change that the server does not name"),
    CURSOR("an open cursor"),
    SENT_AHEAD("values that were sent ahead"),
    WARNINGS("warnings that may be asked for", false),
    FOUND_ROWS("a number of rows that may be asked for", false),
    NEXT_TRANSACTION("what is set for the next transaction", false);

    private final String text;
    private final boolean lost;

    PinReason(String text) {
        this(text, true);
    }

    PinReason(String text, boolean lost) {
        this.text = text;
        this.lost = lost;
    }

    /** Whether a session that has lost it cannot go on elsewhere. */
    public boolean isLost() {
        return lost;
    }

    /** For people, a noun. */
    public String text() {
        return text;
    }
}
