package io.shoestring.monitoring.machine;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.MachineStatus.Memory;
import io.shoestring.monitoring.machine.Counts.DiskCounts;
import io.shoestring.monitoring.machine.Counts.InterfaceCounts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the kernel's files ({@code man 5 proc}). They are made while they are read, and no disk is
 * waited for: a reading takes about half a millisecond. What a kernel does not have is left out.
 * Not thread-safe.
 */
final class ProcFiles {
    /** Containers and virtual machines can have thousands of either. */
    static final int DEVICES_MAX = 32;

    private static final List<String> MODES =
            List.of("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal");
    private static final long KILOBYTE = 1024;

    private final Path proc;
    private final Path blockDevices;
    private final Map<String, Boolean> wholeDisks = new HashMap<>();

    /**
     * @param proc usually {@code /proc}
     * @param blockDevices usually {@code /sys/block}: it has whole disks only, no partitions
     */
    ProcFiles(Path proc, Path blockDevices) {
        this.proc = requireNonNull(proc, "proc is null");
        this.blockDevices = requireNonNull(blockDevices, "blockDevices is null");
    }

    /**
     * All of it.
     *
     * @param nanos now, by the clock that spans are measured by
     */
    Counts read(long nanos) {
        Map<String, Long> cpu = new LinkedHashMap<>();
        int cpus = cpu(cpu);
        return new Counts(nanos, cpus, load(), cpu, memory(), disks(), interfaces());
    }

    private int cpu(Map<String, Long> into) {
        int cpus = 0;
        for (String line : lines("stat")) {
            if (!line.startsWith("cpu")) {
                // What follows is long, and nothing of it is asked for.
                break;
            }
            String[] words = words(line);
            if (words[0].equals("cpu")) {
                for (int i = 0; i < MODES.size() && i + 1 < words.length; i++) {
                    into.put(MODES.get(i), number(words[i + 1]));
                }
            } else {
                cpus++;
            }
        }
        return cpus;
    }

    private List<Double> load() {
        return lines("loadavg").stream()
                .map(ProcFiles::words)
                .filter(words -> words.length >= 3)
                .findFirst()
                .map(words -> List.of(decimal(words[0]), decimal(words[1]), decimal(words[2])))
                .orElse(List.of(0.0, 0.0, 0.0));
    }

    private Memory memory() {
        Map<String, Long> all = new HashMap<>();
        for (String line : lines("meminfo")) {
            String[] words = words(line);
            if (words.length >= 2) {
                all.put(words[0], number(words[1]) * KILOBYTE);
            }
        }
        return new Memory(
                all.getOrDefault("MemTotal:", 0L),
                all.getOrDefault("MemAvailable:", 0L),
                all.getOrDefault("SwapTotal:", 0L),
                all.getOrDefault("SwapFree:", 0L));
    }

    private List<DiskCounts> disks() {
        List<DiskCounts> disks = new ArrayList<>();
        for (String line : lines("diskstats")) {
            String[] words = words(line);
            if (words.length >= 14 && disks.size() < DEVICES_MAX && isWholeDisk(words[2])) {
                disks.add(
                        new DiskCounts(
                                words[2],
                                number(words[3]),
                                number(words[7]),
                                number(words[5]),
                                number(words[9]),
                                number(words[12])));
            }
        }
        return disks;
    }

    private boolean isWholeDisk(String name) {
        boolean memory =
                name.startsWith("loop") || name.startsWith("ram") || name.startsWith("zram");
        return !memory
                && wholeDisks.computeIfAbsent(
                        name, it -> Files.exists(blockDevices.resolve(it.replace('/', '!'))));
    }

    private List<InterfaceCounts> interfaces() {
        List<InterfaceCounts> all = new ArrayList<>();
        for (String line : lines("net/dev")) {
            int colon = line.indexOf(':');
            if (colon < 0 || all.size() == DEVICES_MAX) {
                continue;
            }
            String name = line.substring(0, colon).strip();
            String[] words = words(line.substring(colon + 1));
            if (!name.equals("lo") && words.length >= 12) {
                all.add(
                        new InterfaceCounts(
                                name,
                                number(words[0]),
                                number(words[8]),
                                number(words[2]) + number(words[10]),
                                number(words[3]) + number(words[11])));
            }
        }
        return all;
    }

    private List<String> lines(String file) {
        return text(file).stream().flatMap(String::lines).toList();
    }

    private Optional<String> text(String file) {
        try {
            byte[] bytes = Files.readAllBytes(proc.resolve(file));
            return Optional.of(new String(bytes, StandardCharsets.ISO_8859_1));
        } catch (IOException _) {
            // A container may hide it.
            return Optional.empty();
        }
    }

    private static String[] words(String line) {
        return line.strip().split("\\s+");
    }

    /** The kernel counts without a sign; what it writes otherwise counts nothing. */
    private static long number(String word) {
        try {
            return Long.parseUnsignedLong(word);
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    private static double decimal(String word) {
        try {
            return Double.parseDouble(word);
        } catch (NumberFormatException _) {
            return 0;
        }
    }
}
