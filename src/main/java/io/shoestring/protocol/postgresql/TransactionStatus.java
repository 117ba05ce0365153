package io.shoestring.protocol.postgresql;

/** The status byte of ReadyForQuery. */
public final class TransactionStatus {
    public static final byte IDLE = 'I';
    public static final byte IN_TRANSACTION = 'T';
    public static final byte FAILED = 'E';

    private TransactionStatus() {}
}
