package io.shoestring.sandbox.bench;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A program that a measurement needs, and the Debian package that has it. */
enum Tool {
    NGINX("nginx", "nginx-light"),
    HAPROXY("haproxy", "haproxy"),
    WRK("wrk", "wrk"),
    H2LOAD("h2load", "nghttp2-client"),
    OPENSSL("openssl", "openssl"),
    PGBENCH("pgbench", "postgresql-contrib"),
    PGBOUNCER("pgbouncer", "pgbouncer"),
    PGPOOL("pgpool", "pgpool2"),
    SYSBENCH("sysbench", "sysbench");

    private static final Path POSTGRESQL = Path.of("/usr/lib/postgresql");

    private final String program;
    private final String debianPackage;

    Tool(String program, String debianPackage) {
        this.program = program;
        this.debianPackage = debianPackage;
    }

    /** Where it is: on the path, where Debian has what only administrators use, or PostgreSQL's. */
    Optional<Path> find() {
        return Stream.of(onPath(), Stream.of(Path.of("/usr/sbin")), postgresql())
                .flatMap(each -> each)
                .map(directory -> directory.resolve(program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Where it is.
     *
     * @throws BenchException if it is not there
     */
    Path path() throws BenchException {
        return find().orElseThrow(
                        () ->
                                new BenchException(
                                        "%s is not on this machine. Install it: apt-get install %s"
                                                .formatted(program, debianPackage)));
    }

    private static Stream<Path> onPath() {
        String path = System.getenv("PATH");
        return path == null
                ? Stream.empty()
                : Stream.of(path.split(File.pathSeparator, -1)).map(Path::of);
    }

    private static Stream<Path> postgresql() {
        File[] versions = POSTGRESQL.toFile().listFiles();
        return versions == null
                ? Stream.empty()
                : Stream.of(versions)
                        .map(each -> each.toPath().resolve("bin"))
                        .sorted(Comparator.reverseOrder());
    }

    /** The packages of those that are not there. */
    static List<String> missing(Collection<Tool> tools) {
        return tools.stream()
                .filter(tool -> tool.find().isEmpty())
                .map(tool -> tool.debianPackage)
                .distinct()
                .toList();
    }
}
