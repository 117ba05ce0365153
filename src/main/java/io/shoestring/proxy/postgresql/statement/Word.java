package io.shoestring.proxy.postgresql.statement;

import java.util.Optional;

/**
 * What is known about an unquoted word of SQL.
 *
 * @param isHarmlessFunction whether every built-in function of this name is stable or immutable
 * @param leavesNothing whether a call of a built-in function of this name leaves the session as it
 *     was
 * @param pin what a call of the function with this name leaves in the session
 */
record Word(
        Keyword keyword,
        boolean isHarmlessFunction,
        boolean leavesNothing,
        Optional<PinReason> pin) {
    /** A word that is in no list. */
    static final Word UNKNOWN = new Word(Keyword.NONE, false, false, Optional.empty());

    static final Word SERVER_VIEW = new Word(Keyword.SERVER_VIEW, false, false, Optional.empty());

    static final Word PG_TEMP = new Word(Keyword.PG_TEMP, false, false, Optional.empty());

    boolean is(Keyword expected) {
        return keyword == expected;
    }
}
