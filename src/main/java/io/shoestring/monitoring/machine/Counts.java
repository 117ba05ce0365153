package io.shoestring.monitoring.machine;

import io.shoestring.model.MachineStatus.Memory;

import java.util.List;
import java.util.Map;

/**
 * What the kernel has counted since the machine was started, at one instant.
 *
 * @param nanos the instant, of the clock that spans are measured by
 * @param cpuTicks hundredths of a second, by what for
 */
record Counts(
        long nanos,
        int cpus,
        List<Double> load,
        Map<String, Long> cpuTicks,
        Memory memory,
        List<DiskCounts> disks,
        List<InterfaceCounts> interfaces) {

    record DiskCounts(
            String name,
            long reads,
            long writes,
            long readSectors,
            long writtenSectors,
            long busyMillis) {}

    record InterfaceCounts(
            String name, long receivedBytes, long sentBytes, long errors, long drops) {}
}
