package io.shoestring.config;

/**
 * What of a client's open transaction is carried over to the next primary.
 *
 * @param transactions whether its statements are run again there
 * @param commits whether a COMMIT that was on its way is looked up there
 * @param kilobytes that the requests of one transaction may take
 */
public record ReplayConfig(boolean transactions, boolean commits, int kilobytes) {
    /** In bytes. */
    public int bufferBytes() {
        return kilobytes * 1024;
    }
}
