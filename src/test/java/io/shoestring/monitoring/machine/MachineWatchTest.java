package io.shoestring.monitoring.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.model.MachineStatus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** The kernel's files, those of this machine and invented ones. */
@Timeout(30)
class MachineWatchTest {
    private final AtomicLong nanos = new AtomicLong();
    @TempDir private Path directory;

    private void write(String file, String text) throws IOException {
        Path path = directory.resolve(file);
        Files.createDirectories(path.resolveSibling("."));
        Files.writeString(path, text);
    }

    private void proc(long user, long idle, long sectors, long received) throws IOException {
        write(
                "proc/stat",
                "cpu  %d 0 100 %d 50 0 0 7 0 0\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nintr 9\n"
                        .formatted(user, idle));
        write("proc/loadavg", "0.50 1.25 2.00 3/456 789\n");
        write(
                "proc/meminfo",
                "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable: 400 kB\nSwapTotal: 10 kB\n");
        write(
                "proc/diskstats",
                """
                 254  0 vda 10 0 %d 0 20 0 %d 0 0 500 0 0 0 0 0 0 0
                 254  1 vda1 10 0 1 0 20 0 1 0 0 500 0 0 0 0 0 0 0
                   7  0 loop0 1 0 1 0 1 0 1 0 0 1 0 0 0 0 0 0 0
                """
                        .formatted(sectors, sectors * 2));
        write(
                "proc/net/dev",
                """
                Inter-|   Receive
                 face |bytes packets
                    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
                  eth0:%d 5 1 2 0 0 0 0 300 5 3 4 0 0 0 0
                """
                        .formatted(received));
        Files.createDirectories(directory.resolve("sys/vda"));
    }

    private MachineWatch watch() {
        return new MachineWatch(
                new ProcFiles(directory.resolve("proc"), directory.resolve("sys")),
                nanos::get,
                () -> Instant.EPOCH);
    }

    @Test
    void countsSinceTheStartAndTellsWhatIsDoneNow() throws IOException {
        proc(1000, 9000, 4, 100);
        MachineWatch watch = watch();
        proc(1150, 9050, 2004, 20_100);
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());

        MachineStatus now = watch.status();
        assertThat(now.cpus()).isEqualTo(2);
        assertThat(now.load15()).isEqualTo(2);
        assertThat(now.cpuSeconds()).containsEntry("user", 11.5).containsEntry("steal", 0.07);
        assertThat(now.cpuPercent()).containsEntry("user", 75.0).containsEntry("idle", 25.0);
        assertThat(now.busyPercent()).isEqualTo(75);
        assertThat(now.memory()).isEqualTo(new MachineStatus.Memory(1_024_000, 409_600, 10_240, 0));
        assertThat(now.disks())
                .containsExactly(
                        new MachineStatus.Disk(
                                "vda", 10, 20, 1_026_048, 2_052_096, 0.5, 512_000, 1_024_000, 0));
        assertThat(now.interfaces())
                .containsExactly(new MachineStatus.Interface("eth0", 20_100, 300, 4, 6, 10_000, 0));
    }

    @Test
    void looksOnceASecondAtMost() throws IOException {
        proc(1000, 9000, 4, 100);
        MachineWatch watch = watch();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        MachineStatus first = watch.status();
        proc(2000, 9000, 4, 100);
        nanos.addAndGet(Duration.ofMillis(100).toNanos());
        assertThat(watch.status()).isSameAs(first);
    }

    @Test
    void leavesOutWhatAKernelHides() {
        MachineStatus status = watch().status();
        assertThat(status.disks()).isEmpty();
        assertThat(status.memory().total()).isZero();
        assertThat(status.busyPercent()).isZero();
    }

    @Test
    void readsThisMachine() {
        MachineStatus status = new MachineWatch(Clock.system(), WallClock.system()).status();
        assertThat(status.cpus()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(status.memory().total()).isGreaterThan(status.memory().available());
        assertThat(status.memory().available()).isPositive();
        assertThat(status.cpuSeconds().values().stream().mapToDouble(it -> it).sum()).isPositive();
        assertThat(status.load1()).isCloseTo(status.load5(), within(1_000.0));
    }
}
