package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A data directory of this machine.
 *
 * @param empty whether there is no cluster in it
 * @param device the number of the file system's device
 * @param logDevice the same of the directory of the write-ahead log
 * @param permissions of the directory: {@code rwx------}
 * @param flush how long it takes to make a page durable there
 * @param programs where PostgreSQL's programs are; empty if there are none
 * @param settings the server's main settings file, as Shoestring takes it
 * @param startedAtBoot whether somebody else starts the server when the machine starts
 * @param versions of the programs that are needed, by name; empty text: it is missing
 */
public record DiskFacts(
        boolean empty,
        long totalBytes,
        long freeBytes,
        long device,
        long logDevice,
        String permissions,
        Optional<Latency> flush,
        Optional<Path> programs,
        Path settings,
        boolean startedAtBoot,
        Map<String, String> versions) {
    public DiskFacts {
        requireNonNull(permissions, "permissions is null");
        requireNonNull(flush, "flush is null");
        requireNonNull(programs, "programs is null");
        requireNonNull(settings, "settings is null");
        versions = Map.copyOf(versions);
    }

    /** The middle and the worst of some measurements. */
    public record Latency(Duration median, Duration worst) {
        public Latency {
            requireNonNull(median, "median is null");
            requireNonNull(worst, "worst is null");
        }
    }
}
