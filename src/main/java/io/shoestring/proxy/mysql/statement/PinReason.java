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
    UNEXPLAINED("a change that the server does not name");

    private final String text;

    PinReason(String text) {
        this.text = text;
    }

    /** For people, a noun. */
    public String text() {
        return text;
    }
}
