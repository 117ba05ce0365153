package io.shoestring.proxy.accesslog;

import java.time.Instant;

/** One place that lines go to. Thread-safe; no line waits for it. */
interface LineOutput extends AutoCloseable {
    /**
     * Adds a line, or leaves it out when there are too many.
     *
     * @param text without its end
     */
    void add(Instant now, String text);

    /**
     * Delivers what was added, as far as that can be done soon. Blocks for some seconds at most.
     */
    @Override
    void close();
}
