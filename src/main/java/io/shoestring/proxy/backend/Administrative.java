package io.shoestring.proxy.backend;

/** What an operator wants of a server; what the checks find out is another matter. */
public enum Administrative {
    /** It may be used. */
    READY,
    /** It gets nothing new, is still checked, and keeps what it has. */
    DRAIN,
    /** It gets nothing new and is not checked. */
    MAINTENANCE
}
