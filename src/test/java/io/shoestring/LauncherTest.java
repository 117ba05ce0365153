package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The script {@code ./shoestring}, in a clone of its own with a JDK and a Maven that only tell. */
@Timeout(60)
class LauncherTest {
    @TempDir Path directory;

    private Path clone;
    private Path jdks;

    @BeforeEach
    void makeAClone() throws IOException {
        clone = Files.createDirectories(directory.resolve("a clone"));
        jdks = Files.createDirectories(directory.resolve("jvm"));
        Files.copy(
                Path.of("shoestring").toAbsolutePath(),
                clone.resolve("shoestring"),
                StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(clone.resolve("src/main"));
        Files.writeString(clone.resolve("src/main/Main.java"), "");
        Files.writeString(clone.resolve("pom.xml"), "");
    }

    @Test
    void saysWhatIsNeededWhenThereIsNoJdk25() throws Exception {
        makeJdk("17.0.1");
        makeJdk("250");

        Run run = run(clone.resolve("shoestring"), directory, "--help");

        assertThat(run.exitCode).isEqualTo(3);
        assertThat(run.output)
                .contains("a JDK 25 is needed")
                .contains("openjdk-25-jdk-headless")
                .contains("adoptium.net")
                .hasLineCount(1);
    }

    @Test
    void buildsOnFirstUseAndThenStartsAtOnce() throws Exception {
        makeJdk("25.0.3");
        makeMaven("mkdir -p target/lib && touch target/shoestring.jar");

        assertThat(run(clone.resolve("shoestring"), directory, "status", "two words").output)
                .contains("building")
                .contains("io.shoestring.Main status two words")
                .contains("in " + directory.toRealPath());
        assertThat(run(clone.resolve("shoestring"), directory, "status").output)
                .doesNotContain("building");
    }

    @Test
    void buildsAgainWhenASourceIsNewer() throws Exception {
        makeJdk("25");
        makeMaven("mkdir -p target/lib && touch target/shoestring.jar");
        run(clone.resolve("shoestring"), directory, "status");
        Files.setLastModifiedTime(
                clone.resolve("src/main/Main.java"),
                FileTime.from(
                        Files.getLastModifiedTime(clone.resolve("target/shoestring.jar"))
                                .toInstant()
                                .plusSeconds(60)));

        assertThat(run(clone.resolve("shoestring"), directory, "status").output)
                .contains("building");
    }

    @Test
    void twoFirstUsesAtOnceBuildOnce() throws Exception {
        makeJdk("25.0.3");
        makeMaven(
                "echo x >> builds && sleep 1 && mkdir -p target/lib && touch"
                        + " target/shoestring.jar");
        Process other = start(clone.resolve("shoestring"), directory, Map.of(), "status");
        Run run = run(clone.resolve("shoestring"), directory, "status");
        assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();

        assertThat(run.output).contains("io.shoestring.Main status");
        assertThat(clone.resolve("builds")).hasContent("x");
    }

    @Test
    void aBuildThatFailsShowsWhy() throws Exception {
        makeJdk("25.0.3");
        makeMaven("echo 'the reason' && exit 1");

        Run run = run(clone.resolve("shoestring"), directory, "status");

        assertThat(run.exitCode).isEqualTo(3);
        assertThat(run.output).contains("the reason").contains("the build failed");
    }

    @Test
    void worksThroughASymbolicLink() throws Exception {
        makeJdk("25.0.3");
        makeMaven("mkdir -p target/lib && touch target/shoestring.jar");
        Path link =
                Files.createSymbolicLink(directory.resolve("linked"), clone.resolve("shoestring"));

        assertThat(run(link, directory, "status").output)
                .contains(clone.resolve("target/shoestring.jar").toString());
    }

    @Test
    void addsTheOptionsOfTheEnvironment() throws Exception {
        makeJdk("25.0.3");
        makeMaven("mkdir -p target/lib && touch target/shoestring.jar");
        Process process =
                start(
                        clone.resolve("shoestring"),
                        directory,
                        Map.of("SHOESTRING_OPTS", "-Xmx1g -Done=1"),
                        "run");
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(output).contains("-Xmx1g -Done=1 io.shoestring.Main run");
    }

    @Test
    void whatStaysCanBeInterruptedEvenWhenStartedInTheBackground() throws Exception {
        makeJdk("25.0.3");
        makeMaven("mkdir -p target/lib && touch target/shoestring.jar");
        script(jdks.resolve("jdk-25.0.3/bin/java"), "grep SigIgn /proc/self/status");

        Run run =
                run(
                        Path.of("/bin/sh"),
                        directory,
                        "-c",
                        "'" + clone.resolve("shoestring") + "' sandbox & wait");

        long ignored =
                Long.parseUnsignedLong(run.output.replaceAll("(?s).*SigIgn:\\s*", "").strip(), 16);
        assertThat(ignored & 2).as("SIGINT, in " + run.output).isZero();
    }

    @Test
    void aJarThatIsNewerThanItsCachesHasThemMadeAnewOnce() throws Exception {
        makeJdk("25.0.3");
        makeMaven("mkdir -p target/lib && touch target/shoestring.jar");
        script(
                jdks.resolve("jdk-25.0.3/bin/java"),
                "case $* in *AOTCacheOutput=*) echo x > target/shoestring.aot.new; echo x >"
                        + " target/commands.aot.new ;; esac; echo $*");
        assertThat(run(clone.resolve("shoestring"), clone, "status").output)
                .contains("/commands.aot ");
        assertThat(run(clone.resolve("shoestring"), clone, "check").output)
                .contains("/shoestring.aot ");

        makeCachesOld();
        assertThat(run(clone.resolve("shoestring"), clone, "status").output)
                .contains("preparing faster starts", "/commands.aot ");

        // Without success it goes on, and is not tried again.
        makeCachesOld();
        script(jdks.resolve("jdk-25.0.3/bin/java"), "echo $*");
        assertThat(run(clone.resolve("shoestring"), clone, "status").output)
                .contains("preparing faster starts")
                .doesNotContain("-XX:AOTCache=");
        assertThat(run(clone.resolve("shoestring"), clone, "status").output)
                .doesNotContain("preparing faster starts", "-XX:AOTCache=");
    }

    private void makeCachesOld() throws IOException {
        for (String made : List.of("shoestring.trained", "shoestring.aot", "commands.aot")) {
            Files.setLastModifiedTime(
                    clone.resolve("target").resolve(made), FileTime.from(Instant.EPOCH));
        }
    }

    private record Run(int exitCode, String output) {}

    private Run run(Path program, Path from, String... arguments) throws Exception {
        Process process = start(program, from, Map.of(), arguments);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), output);
    }

    private Process start(
            Path program, Path from, Map<String, String> environment, String... arguments)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        java.util.stream.Stream.concat(
                                        java.util.stream.Stream.of(program.toString()),
                                        java.util.Arrays.stream(arguments))
                                .toList());
        builder.environment().clear();
        builder.environment().put("PATH", directory.resolve("bin") + ":/usr/bin:/bin");
        builder.environment().put("SHOESTRING_JVMS", jdks.toString());
        builder.environment().putAll(environment);
        return builder.directory(from.toFile()).redirectErrorStream(true).start();
    }

    /** A Java that tells how it was called. */
    private void makeJdk(String version) throws IOException {
        Path home = Files.createDirectories(jdks.resolve("jdk-" + version));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        script(home.resolve("bin/java"), "echo \"$*\"; echo \"in $PWD\"");
        script(home.resolve("bin/javac"), "exit 1");
    }

    private void makeMaven(String text) throws IOException {
        script(directory.resolve("bin/mvn"), text);
        Files.setLastModifiedTime(clone.resolve("pom.xml"), FileTime.from(Instant.EPOCH));
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
