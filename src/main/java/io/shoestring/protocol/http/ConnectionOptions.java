package io.shoestring.protocol.http;

/** What the Connection fields of a head say (RFC 9110 section 7.6.1). */
final class ConnectionOptions {
    private static final byte[] CLOSE = Octets.bytes("close");
    private static final byte[] KEEP_ALIVE = Octets.bytes("keep-alive");
    private static final byte[] UPGRADE = Octets.bytes("upgrade");

    /** Is told of each option that is the name of a field. */
    @FunctionalInterface
    interface Nominations {
        void named(int from, int to);
    }

    private boolean close;
    private boolean keepAlive;
    private boolean upgrade;

    void reset() {
        close = false;
        keepAlive = false;
        upgrade = false;
    }

    boolean saysUpgrade() {
        return upgrade;
    }

    /** Whether the connection may be used for a further message (RFC 9112 section 9.3). */
    boolean isPersistent(int minorVersion) {
        return !close && (minorVersion > 0 || keepAlive);
    }

    /** The value of a Connection field. */
    void read(byte[] bytes, int from, int to, Nominations others) {
        int at = from;
        while (at < to) {
            while (at < to && (Octets.isSpace(bytes[at]) || bytes[at] == ',')) {
                at++;
            }
            int option = at;
            while (at < to && bytes[at] != ',' && !Octets.isSpace(bytes[at])) {
                at++;
            }
            if (at > option) {
                readOption(bytes, option, at, others);
            }
        }
    }

    private void readOption(byte[] bytes, int from, int to, Nominations others) {
        if (Octets.equalsIgnoreCase(bytes, from, to, CLOSE)) {
            close = true;
        } else if (Octets.equalsIgnoreCase(bytes, from, to, KEEP_ALIVE)) {
            keepAlive = true;
        } else if (Octets.equalsIgnoreCase(bytes, from, to, UPGRADE)) {
            upgrade = true;
        } else {
            others.named(from, to);
        }
    }
}
