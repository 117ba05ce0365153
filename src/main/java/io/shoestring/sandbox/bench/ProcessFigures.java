package io.shoestring.sandbox.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process uses, with those that it started, as {@code /proc} tells it.
 *
 * @param withChildren false: of the process alone
 */
record ProcessFigures(ProcessHandle process, boolean withChildren) {
    private static final double TICKS_PER_SECOND = 100;
    private static final double BYTES_PER_KB = 1024;

    /** Positions in {@code /proc/PID/stat}, counted from behind the program's name: proc(5). */
    private static final int USER_TIME = 11;

    private static final int SYSTEM_TIME = 12;

    /** The CPU time that it has used so far, in microseconds; of what ended meanwhile, too. */
    double cpuMicros() {
        return all().mapToDouble(ProcessFigures::ticks).sum() / TICKS_PER_SECOND * 1e6;
    }

    /**
     * Its resident memory now, in bytes. Pages that several of its processes share count for each.
     */
    double residentBytes() {
        return all().mapToDouble(ProcessFigures::resident).sum();
    }

    private Stream<ProcessHandle> all() {
        return Stream.concat(
                Stream.of(process), withChildren ? process.descendants() : Stream.empty());
    }

    private static double ticks(ProcessHandle process) {
        try {
            String line = Files.readString(proc(process, "stat"));
            List<String> fields =
                    Arrays.asList(line.substring(line.lastIndexOf(')') + 2).split(" ", -1));
            return Double.parseDouble(fields.get(USER_TIME))
                    + Double.parseDouble(fields.get(SYSTEM_TIME));
        } catch (IOException _) {
            // It ended.
            return 0;
        }
    }

    private static double resident(ProcessHandle process) {
        try (Stream<String> lines = Files.lines(proc(process, "status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                            .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
                            .sum()
                    * BYTES_PER_KB;
        } catch (IOException _) {
            return 0;
        }
    }

    private static Path proc(ProcessHandle process, String file) {
        return Path.of("/proc", Long.toString(process.pid()), file);
    }
}
