package io.shoestring.monitoring.machine;

import io.shoestring.model.MachineStatus;
import io.shoestring.model.MachineStatus.Disk;
import io.shoestring.model.MachineStatus.Interface;
import io.shoestring.monitoring.machine.Counts.DiskCounts;
import io.shoestring.monitoring.machine.Counts.InterfaceCounts;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a machine did between two instants, from what was counted at both. */
final class Between {
    private static final double TICKS_PER_SECOND = 100;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double MILLIS_PER_SECOND = 1e3;

    /** Of the kernel's files, whatever the disk's own are. */
    private static final long SECTOR_BYTES = 512;

    private final Counts before;
    private final Counts after;
    private final double seconds;

    /** Both may be the same: then nothing was done. */
    Between(Counts before, Counts after) {
        this.before = before;
        this.after = after;
        this.seconds = (after.nanos() - before.nanos()) / NANOS_PER_SECOND;
    }

    MachineStatus status(Instant at, List<MachineStatus.FileSystem> fileSystems) {
        Map<String, Double> cpuSeconds = new LinkedHashMap<>();
        after.cpuTicks().forEach((mode, ticks) -> cpuSeconds.put(mode, ticks / TICKS_PER_SECOND));
        return new MachineStatus(
                at,
                after.cpus(),
                after.load().get(0),
                after.load().get(1),
                after.load().get(2),
                cpuSeconds,
                cpuPercent(),
                after.memory(),
                after.disks().stream().map(this::disk).toList(),
                fileSystems,
                after.interfaces().stream().map(this::network).toList());
    }

    private Map<String, Double> cpuPercent() {
        Map<String, Long> spent = new LinkedHashMap<>();
        after.cpuTicks()
                .forEach(
                        (mode, ticks) ->
                                spent.put(
                                        mode,
                                        // The kernel lets idle and iowait go back now and then.
                                        Math.max(
                                                0,
                                                ticks - before.cpuTicks().getOrDefault(mode, 0L))));
        long all = spent.values().stream().mapToLong(Long::longValue).sum();
        Map<String, Double> percent = new LinkedHashMap<>();
        spent.forEach((mode, ticks) -> percent.put(mode, all == 0 ? 0 : 100.0 * ticks / all));
        return percent;
    }

    private Disk disk(DiskCounts now) {
        DiskCounts then =
                before.disks().stream()
                        .filter(it -> it.name().equals(now.name()))
                        .findFirst()
                        .orElse(now);
        return new Disk(
                now.name(),
                now.reads(),
                now.writes(),
                now.readSectors() * SECTOR_BYTES,
                now.writtenSectors() * SECTOR_BYTES,
                now.busyMillis() / MILLIS_PER_SECOND,
                rate(then.readSectors(), now.readSectors()) * SECTOR_BYTES,
                rate(then.writtenSectors(), now.writtenSectors()) * SECTOR_BYTES,
                Math.min(100, rate(then.busyMillis(), now.busyMillis()) * 100 / MILLIS_PER_SECOND));
    }

    private Interface network(InterfaceCounts now) {
        InterfaceCounts then =
                before.interfaces().stream()
                        .filter(it -> it.name().equals(now.name()))
                        .findFirst()
                        .orElse(now);
        return new Interface(
                now.name(),
                now.receivedBytes(),
                now.sentBytes(),
                now.errors(),
                now.drops(),
                rate(then.receivedBytes(), now.receivedBytes()),
                rate(then.sentBytes(), now.sentBytes()));
    }

    private double rate(long then, long now) {
        return seconds <= 0 || now < then ? 0 : (now - then) / seconds;
    }
}
