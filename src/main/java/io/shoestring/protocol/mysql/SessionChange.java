package io.shoestring.protocol.mysql;

import io.netty.buffer.Unpooled;

/** What a server says has changed in the session ("session state information" of an OK packet). */
public sealed interface SessionChange {
    /** The byte of its kind. */
    int type();

    /** Its own bytes. */
    byte[] raw();

    /** SESSION_TRACK_SYSTEM_VARIABLES. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
    record Variable(String name, String value, byte[] raw) implements SessionChange {
        @Override
        public int type() {
            return 0;
        }
    }

    /** SESSION_TRACK_SCHEMA: the default schema; empty: none. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
    record Schema(String name, byte[] raw) implements SessionChange {
        @Override
        public int type() {
            return 1;
        }
    }

    /** SESSION_TRACK_STATE_CHANGE: something has changed, of which nothing more is said. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
    record Something(byte[] raw) implements SessionChange {
        @Override
        public int type() {
            return 2;
        }
    }

    /**
     * SESSION_TRACK_TRANSACTION_STATE: what the open transaction has done, one letter for each kind
     * of it.
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
    record Transaction(String letters, byte[] raw) implements SessionChange {
        private static final int CHANGED_WITHOUT = 3;

        @Override
        public int type() {
            return 5;
        }

        /** Whether it has changed a table whose engine knows no transactions. */
        public boolean changedForGood() {
            return letters.length() > CHANGED_WITHOUT && letters.charAt(CHANGED_WITHOUT) == 'w';
        }
    }

    /** Another kind. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared; handed on at once.
    record Other(int type, byte[] raw) implements SessionChange {}

    /** Reads one. */
    static SessionChange read(int type, byte[] raw) {
        Payload payload = new Payload(Unpooled.wrappedBuffer(raw), 0, raw.length);
        return switch (type) {
            case 0 -> new Variable(payload.countedText(), payload.countedText(), raw);
            case 1 -> new Schema(payload.countedText(), raw);
            case 2 -> new Something(raw);
            case 5 -> new Transaction(payload.countedText(), raw);
            default -> new Other(type, raw);
        };
    }
}
