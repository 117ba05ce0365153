package io.shoestring.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;

import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;

/**
 * Sees buffers that were lost in two ways: by the allocator's count of what is in use, and by the
 * collector's finding one that nobody released. Also keeps the log lines of the proxy.
 */
public final class LeakWatch implements AutoCloseable {
    private static final String PROXY = "io.shoestring.proxy";

    private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
    private final ListAppender<ILoggingEvent> leaks = new ListAppender<>();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final long before;

    /** Begins to watch. */
    public LeakWatch() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        leaks.start();
        lines.start();
        logger(ResourceLeakDetector.class.getName()).addAppender(leaks);
        logger(PROXY).addAppender(lines);
        before = bytesInUse();
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    /** Direct memory in buffers that somebody holds; what the allocator keeps for later is none. */
    public static long bytesInUse() {
        return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
    }

    /** How much more is in use now than at the beginning. */
    public long growthBytes() {
        return bytesInUse() - before;
    }

    /** The proxy's log lines so far, INFO and worse. */
    public List<String> lines() {
        return List.copyOf(lines.list).stream()
                .filter(
                        event ->
                                event.getLevel()
                                        .isGreaterOrEqual(ch.qos.logback.classic.Level.INFO))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** Forgets the lines so far. */
    public void forgetLines() {
        lines.list.clear();
    }

    /** Waits until everything is given back. */
    public void assertNothingIsInUse() {
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(growthBytes()).isZero());
    }

    /** Slow: asks the collector. */
    public void assertNothingLeaks() {
        assertNothingIsInUse();
        for (int i = 0; i < 3; i++) {
            System.gc();
            // The detector looks for what was lost whenever something is allocated.
            for (int j = 0; j < 50; j++) {
                PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
            }
        }
        assertThat(leaks.list).isEmpty();
    }

    @Override
    public void close() {
        logger(ResourceLeakDetector.class.getName()).detachAppender(leaks);
        logger(PROXY).detachAppender(lines);
        ResourceLeakDetector.setLevel(level);
    }
}
