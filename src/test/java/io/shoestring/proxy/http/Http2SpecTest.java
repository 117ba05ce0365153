package io.shoestring.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.shoestring.testing.InMemory;
import io.shoestring.testing.Program;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * h2spec, which does to a server all that RFC 7540 and RFC 7541 have a rule about.
 *
 * <p>Left out are three of its cases in which Netty ignores a header for a stream that is over (or
 * that was never opened, below the newest one), or resets only that stream, where a connection
 * error is asked for: 5.1/6, 5.1/12 and 5.1.1/2. Nothing of such a header reaches a server.
 */
@Timeout(120)
class Http2SpecTest {
    private static final String ARCHIVE = "/h2spec/2.2.0/h2spec_linux_amd64.tar.gz";
    private static final List<String> CASES =
            List.of(
                    "generic",
                    "hpack",
                    "http2/3",
                    "http2/4",
                    "http2/5.1/1",
                    "http2/5.1/2",
                    "http2/5.1/3",
                    "http2/5.1/4",
                    "http2/5.1/5",
                    "http2/5.1/7",
                    "http2/5.1/8",
                    "http2/5.1/9",
                    "http2/5.1/10",
                    "http2/5.1/11",
                    "http2/5.1/13",
                    "http2/5.1.1/1",
                    "http2/5.1.2",
                    "http2/5.3",
                    "http2/5.4",
                    "http2/5.5",
                    "http2/6",
                    "http2/7",
                    "http2/8");

    @TempDir(factory = InMemory.class)
    private Path directory;

    @Test
    void itFindsNothingWrong() throws Exception {
        assumeTrue(System.getProperty("os.arch").toLowerCase(Locale.ROOT).equals("amd64"));
        try (InputStream archive = Http2SpecTest.class.getResourceAsStream(ARCHIVE)) {
            assertThat(archive).isNotNull();
            Files.copy(archive, directory.resolve("h2spec.tar.gz"));
        }
        Program.run(directory, List.of("tar", "xzf", "h2spec.tar.gz")).sound();
        String answer = "HTTP/1.1 200 OK|Content-Length: 5||hello";
        try (var server = ScriptedServer.saying(answer);
                var proxy = HttpUnderTest.speakingHttp2(server.port())) {
            List<String> command = new ArrayList<>(List.of("./h2spec", "-h", "127.0.0.1"));
            command.addAll(List.of("-p", "" + proxy.port(), "-o", "20"));
            command.addAll(CASES);
            Program spec = Program.run(directory, command);
            assertThat(spec.output()).contains(" 0 failed").doesNotContain("×");
        }
    }
}
