package io.shoestring.proxy.postgresql;

/** What became of a request that was given to a server's side of a session. */
enum Dispatch {
    /** It is on its way, and no longer the caller's. */
    SENT,
    /** It has to wait until the connection is ready for it: an event will come. */
    WAITS,
    /** All server connections are in use: its turn will come, or the time for it passes. */
    QUEUED,
    /** There is no server for it now. */
    NOT_NOW
}
