package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a machine does. Counts are since it was started, so that a program can make rates of them;
 * per cents and rates are of the last moments, for people.
 *
 * @param at when it was looked at, by its own clock
 * @param cpus that it has
 * @param load1 processes that wanted to run, or waited for a disk: the mean of a minute
 * @param cpuSeconds spent by all processors together, by what for: {@code user}, {@code nice},
 *     {@code system}, {@code idle}, {@code iowait}, {@code irq}, {@code softirq}, {@code steal}
 * @param cpuPercent the same of the last moments; all together are 100
 */
public record MachineStatus(
        Instant at,
        int cpus,
        double load1,
        double load5,
        double load15,
        Map<String, Double> cpuSeconds,
        Map<String, Double> cpuPercent,
        Memory memory,
        List<Disk> disks,
        List<FileSystem> fileSystems,
        List<Interface> interfaces) {
    public MachineStatus {
        requireNonNull(at, "at is null");
        cpuSeconds = Collections.unmodifiableMap(new LinkedHashMap<>(cpuSeconds));
        cpuPercent = Collections.unmodifiableMap(new LinkedHashMap<>(cpuPercent));
        requireNonNull(memory, "memory is null");
        disks = List.copyOf(disks);
        fileSystems = List.copyOf(fileSystems);
        interfaces = List.copyOf(interfaces);
    }

    /** How much of the processors' time was used for anything in the last moments, in per cent. */
    public double busyPercent() {
        return 100
                - cpuPercent.getOrDefault("idle", 100.0)
                - cpuPercent.getOrDefault("iowait", 0.0);
    }

    /** The same with what was found of the file systems. */
    public MachineStatus with(List<FileSystem> found) {
        return new MachineStatus(
                at,
                cpus,
                load1,
                load5,
                load15,
                cpuSeconds,
                cpuPercent,
                memory,
                disks,
                found,
                interfaces);
    }

    /**
     * Bytes of memory.
     *
     * @param available to programs without swapping, by the kernel's estimate
     */
    public record Memory(long total, long available, long swapTotal, long swapFree) {}

    /**
     * A whole disk.
     *
     * @param busySeconds in which it had something to do
     * @param busyPercent of the last moments
     */
    public record Disk(
            String name,
            long reads,
            long writes,
            long readBytes,
            long writtenBytes,
            double busySeconds,
            double readBytesPerSecond,
            double writtenBytesPerSecond,
            double busyPercent) {
        public Disk {
            requireNonNull(name, "name is null");
        }
    }

    /**
     * Where something of ours is kept.
     *
     * @param what is there
     * @param free bytes that we may use
     */
    public record FileSystem(String what, String path, long total, long free) {
        public FileSystem {
            requireNonNull(what, "what is null");
            requireNonNull(path, "path is null");
        }
    }

    /**
     * A network interface.
     *
     * @param errors packets that were lost by errors, in and out
     * @param drops packets that were left out for want of room, in and out
     */
    public record Interface(
            String name,
            long receivedBytes,
            long sentBytes,
            long errors,
            long drops,
            double receivedBytesPerSecond,
            double sentBytesPerSecond) {
        public Interface {
            requireNonNull(name, "name is null");
        }
    }
}
