package io.shoestring.proxy.mysql.statement;

/** Why a command goes to the primary or to a replica. */
public enum RouteReason {
    READS("it reads, and a replica has what it must find"),
    READS_PRIMARY("the listener sends reads to the primary ('reads: primary')"),
    HINT("its comment asks for the primary"),
    LEARNED("a replica has refused this statement before"),
    REFUSED("a replica refused it just now, or was lost"),
    NO_REPLICA("no replica has what it must find"),
    IN_TRANSACTION("a transaction is open there"),
    NO_AUTOCOMMIT("autocommit is off"),
    PINNED("the session has something that no other connection can have"),
    UNCERTAIN("a statement before it may have changed the session"),
    ENCODING("statements in the session's character set are not read"),
    CURSOR("it opens a cursor, or has values that were sent ahead"),
    LAST_ANSWER("it asks about the statement before it"),
    CALLS("it calls what is not known to be harmless"),
    WORD("a SELECT with this word may do more than read"),
    USER_VARIABLE("it has a user variable, or what ties a session to its connection"),
    SYSTEM_VARIABLE("it has a system variable, which may differ between servers"),
    WRITES("it writes"),
    TRANSACTION("it begins or ends a transaction"),
    SESSION("it is about the session or the server"),
    NO_SELECT("it does not begin with SELECT"),
    NO_STATEMENT("it is a command of the protocol and no statement"),
    UNREADABLE("it was not understood to its end"),
    CONSOLE("it asks the proxy");

    private final String text;

    RouteReason(String text) {
        this.text = text;
    }

    /** For people, a clause. */
    public String text() {
        return text;
    }
}
