package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import com.sun.management.UnixOperatingSystemMXBean;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocatorMetric;
import io.shoestring.base.Clock;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.HttpTraffic;
import io.shoestring.model.ListenerStatus;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * The answer to {@code show info}: what is known of the process, by HAProxy's names. Any thread.
 */
final class RuntimeInfo {
    private static final int SECONDS_PER_MINUTE = 60;
    private static final int SECONDS_PER_HOUR = 3_600;
    private static final int SECONDS_PER_DAY = 86_400;
    private static final int WHOLE_PERCENT = 100;

    private final String version;
    private final Clock clock;
    private final long startedNanos;

    RuntimeInfo(String version, Clock clock) {
        this.version = requireNonNull(version, "version is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.startedNanos = clock.nanos();
    }

    String version() {
        return version;
    }

    String text(ClusterStatus status, HaproxyFormat format) {
        return format.info(facts(status));
    }

    /** Of the memory that connections' buffers are in. */
    String pools() {
        PooledByteBufAllocatorMetric metric = PooledByteBufAllocator.DEFAULT.metric();
        return """
        Dumping pools usage.
          - Pool buffers : %d bytes allocated, %d used
        Total: 1 pools, %d bytes allocated, %d used.
        """
                .formatted(
                        metric.usedDirectMemory(),
                        PooledByteBufAllocator.DEFAULT.pinnedDirectMemory(),
                        metric.usedDirectMemory(),
                        PooledByteBufAllocator.DEFAULT.pinnedDirectMemory());
    }

    private Map<String, Object> facts(ClusterStatus status) {
        List<ListenerStatus> listeners = status.listeners();
        long uptime = TimeUnit.NANOSECONDS.toSeconds(clock.nanos() - startedNanos);
        long descriptors = descriptors();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("Name", "Shoestring");
        facts.put("Version", version);
        facts.put("Release_date", "-");
        facts.put("Nbthread", Runtime.getRuntime().availableProcessors());
        facts.put("Nbproc", 1);
        facts.put("Process_num", 1);
        facts.put("Pid", ProcessHandle.current().pid());
        facts.put("Uptime", spelled(uptime));
        facts.put("Uptime_sec", uptime);
        facts.put("Memmax_MB", Runtime.getRuntime().maxMemory() >> 20);
        facts.put("Ulimit-n", descriptors);
        facts.put("Maxsock", descriptors);
        // Each client has a connection to a server, too.
        facts.put("Maxconn", descriptors / 2);
        facts.put("Hard_maxconn", descriptors / 2);
        facts.put("CurrConns", sum(listeners, ListenerStatus::clients));
        facts.put("CumConns", sum(listeners, ListenerStatus::sessions));
        facts.put("CumReq", sum(listeners, RuntimeInfo::requests));
        facts.put("Maxpipes", 0);
        facts.put("PipesUsed", 0);
        facts.put("PipesFree", 0);
        facts.put("ConnRate", sum(listeners, ListenerStatus::rate));
        facts.put("ConnRateLimit", 0);
        facts.put("SessRate", sum(listeners, ListenerStatus::rate));
        facts.put("SessRateLimit", 0);
        facts.put("Tasks", ManagementFactory.getThreadMXBean().getThreadCount());
        facts.put("Run_queue", 0);
        facts.put("Idle_pct", idlePercent());
        facts.put("node", status.node());
        facts.put("Stopping", 0);
        facts.put("Listeners", listeners.size());
        facts.put("TotalBytesOut", sum(listeners, ListenerStatus::bytesOut));
        return facts;
    }

    private static long requests(ListenerStatus listener) {
        return listener.http().map(HttpTraffic::requests).orElse(listener.sessions());
    }

    private static long sum(List<ListenerStatus> listeners, ToLongFunction<ListenerStatus> part) {
        return listeners.stream().mapToLong(part).sum();
    }

    private static String spelled(long seconds) {
        return "%dd %dh%02dm%02ds"
                .formatted(
                        seconds / SECONDS_PER_DAY,
                        seconds % SECONDS_PER_DAY / SECONDS_PER_HOUR,
                        seconds % SECONDS_PER_HOUR / SECONDS_PER_MINUTE,
                        seconds % SECONDS_PER_MINUTE);
    }

    private static long descriptors() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : 0;
    }

    private static long idlePercent() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof UnixOperatingSystemMXBean unix
                ? Math.clamp(Math.round((1 - unix.getProcessCpuLoad()) * WHOLE_PERCENT), 0, 100)
                : WHOLE_PERCENT;
    }
}
