package io.shoestring.admin;

import io.shoestring.admin.Metrics.Kind;
import io.shoestring.model.MachineStatus;
import io.shoestring.model.MachineStatus.Disk;
import io.shoestring.model.MachineStatus.FileSystem;
import io.shoestring.model.MachineStatus.Interface;

import java.util.List;

/** The figures of this node's machine. */
final class MachineMetrics {
    private static final String PREFIX = "shoestring_machine_";

    private final Metrics metrics;
    private final MachineStatus machine;

    private MachineMetrics(Metrics metrics, MachineStatus machine) {
        this.metrics = metrics;
        this.machine = machine;
    }

    static void addTo(Metrics metrics, MachineStatus machine) {
        var made = new MachineMetrics(metrics, machine);
        made.processors();
        made.memory();
        made.disks();
        made.fileSystems();
        made.network();
    }

    private void processors() {
        gauge("cpus", "Processors that the machine has.", machine.cpus());
        gauge("load1", "Processes that want to run, mean of a minute.", machine.load1());
        gauge("load5", "Processes that want to run, mean of five minutes.", machine.load5());
        gauge("load15", "Processes that want to run, mean of a quarter.", machine.load15());
        machine.cpuSeconds()
                .forEach(
                        (mode, seconds) ->
                                counter(
                                        "cpu_seconds_total",
                                        "Time of all processors, by what for.",
                                        seconds,
                                        "mode",
                                        mode));
    }

    private void memory() {
        var memory = machine.memory();
        gauge("memory_size_bytes", "Memory that the machine has.", memory.total());
        gauge(
                "memory_available_bytes",
                "Memory that programs can get without swapping.",
                memory.available());
        gauge("swap_size_bytes", "Room for swapping.", memory.swapTotal());
        gauge("swap_free_bytes", "Room for swapping that is not used.", memory.swapFree());
    }

    private void disks() {
        for (Disk disk : machine.disks()) {
            String name = disk.name();
            counter("disk_reads_total", "Finished reads.", disk.reads(), "device", name);
            counter("disk_writes_total", "Finished writes.", disk.writes(), "device", name);
            counter("disk_read_bytes_total", "Bytes read.", disk.readBytes(), "device", name);
            counter(
                    "disk_written_bytes_total",
                    "Bytes written.",
                    disk.writtenBytes(),
                    "device",
                    name);
            counter(
                    "disk_busy_seconds_total",
                    "Time in which the disk had something to do.",
                    disk.busySeconds(),
                    "device",
                    name);
        }
    }

    private void fileSystems() {
        for (FileSystem each : machine.fileSystems()) {
            List<String> labels = List.of("path", each.path(), "content", each.what());
            metrics.add(
                    PREFIX + "filesystem_size_bytes",
                    Kind.GAUGE,
                    "Room of the file system in which this directory is.",
                    each.total(),
                    labels);
            metrics.add(
                    PREFIX + "filesystem_free_bytes",
                    Kind.GAUGE,
                    "Room that is left there.",
                    each.free(),
                    labels);
        }
    }

    private void network() {
        for (Interface each : machine.interfaces()) {
            String name = each.name();
            counter(
                    "network_received_bytes_total",
                    "Bytes received.",
                    each.receivedBytes(),
                    "device",
                    name);
            counter("network_sent_bytes_total", "Bytes sent.", each.sentBytes(), "device", name);
            counter(
                    "network_errors_total",
                    "Packets lost by errors, in and out.",
                    each.errors(),
                    "device",
                    name);
            counter(
                    "network_drops_total",
                    "Packets left out for want of room, in and out.",
                    each.drops(),
                    "device",
                    name);
        }
    }

    private void gauge(String name, String help, Number value) {
        metrics.add(PREFIX + name, Kind.GAUGE, help, value, List.of());
    }

    private void counter(String name, String help, Number value, String... labels) {
        metrics.add(PREFIX + name, Kind.COUNTER, help, value, List.of(labels));
    }
}
