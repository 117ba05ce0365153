package io.shoestring.sandbox.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * On what was measured.
 *
 * @param versions what each program says of itself, by its name
 */
record MachineFacts(String processor, int cores, String kernel, Map<String, String> versions) {
    private static final int PATIENCE_SECONDS = 5;
    private static final Map<Tool, String> VERSION_OPTIONS =
            Map.of(
                    Tool.HAPROXY, "-v",
                    Tool.NGINX, "-v",
                    Tool.PGBOUNCER, "--version",
                    Tool.PGPOOL, "--version",
                    Tool.PGBENCH, "--version",
                    Tool.SYSBENCH, "--version",
                    Tool.WRK, "-v",
                    Tool.H2LOAD, "--version");

    /** Asks the machine and the programs. Blocks for some seconds at most. */
    static MachineFacts read() throws IOException {
        Map<String, String> versions = new TreeMap<>();
        versions.put("Java", Runtime.version().toString());
        for (var entry : VERSION_OPTIONS.entrySet()) {
            entry.getKey()
                    .find()
                    .flatMap(program -> firstLine(List.of(program.toString(), entry.getValue())))
                    .ifPresent(
                            line ->
                                    versions.put(
                                            entry.getKey().name().toLowerCase(Locale.ROOT), line));
        }
        return new MachineFacts(
                processorName(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name")
                        + " "
                        + System.getProperty("os.version").replaceAll("[^0-9.].*", ""),
                versions);
    }

    private static String processorName() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        }
    }

    private static Optional<String> firstLine(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            process.onExit()
                    .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(_ -> process.destroyForcibly());
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .findFirst();
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
