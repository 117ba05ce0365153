package io.shoestring.protocol.mysql;

import java.util.Optional;

/** What a client may ask for: the commands that are understood here, by their byte. */
public enum Command {
    QUIT(0x01, Answer.NONE),
    INIT_DB(0x02, Answer.RESULT),
    QUERY(0x03, Answer.RESULT),
    FIELD_LIST(0x04, Answer.COLUMNS),
    STATISTICS(0x09, Answer.TEXT),
    PROCESS_KILL(0x0c, Answer.RESULT),
    PING(0x0e, Answer.RESULT),
    CHANGE_USER(0x11, Answer.RESULT),
    STATEMENT_PREPARE(0x16, Answer.PREPARED),
    STATEMENT_EXECUTE(0x17, Answer.RESULT),
    STATEMENT_SEND_LONG_DATA(0x18, Answer.NONE),
    STATEMENT_CLOSE(0x19, Answer.NONE),
    STATEMENT_RESET(0x1a, Answer.RESULT),
    SET_OPTION(0x1b, Answer.RESULT),
    STATEMENT_FETCH(0x1c, Answer.ROWS),
    RESET_CONNECTION(0x1f, Answer.RESULT),
    STATEMENT_BULK_EXECUTE(0xfa, Answer.RESULT);

    /** What an answer begins with. */
    public enum Answer {
        /** There is none. */
        NONE,
        /** One packet of text. */
        TEXT,
        /** OK, an error, rows, or a wish for a file. */
        RESULT,
        /** Columns until the end. */
        COLUMNS,
        /** Rows until the end. */
        ROWS,
        /** The description of a prepared statement. */
        PREPARED
    }

    private static final Command[] BY_CODE = new Command[0x100];

    static {
        for (Command command : values()) {
            BY_CODE[command.code] = command;
        }
    }

    private final int code;
    private final Answer answer;

    Command(int code, Answer answer) {
        this.code = code;
        this.answer = answer;
    }

    /** The command of a packet's first byte; empty: not understood. */
    public static Optional<Command> of(int code) {
        return code >= 0 && code < BY_CODE.length
                ? Optional.ofNullable(BY_CODE[code])
                : Optional.empty();
    }

    /** Its byte. */
    public int code() {
        return code;
    }

    /** How its answer begins. */
    public Answer answer() {
        return answer;
    }
}
