package io.shoestring.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Debian's nginx with a small configuration, in a directory of its own. */
public final class Nginx implements AutoCloseable {
    private final int port = FreePort.find();
    private final Path directory;
    private final Process process;

    /**
     * Starts it, and waits until it listens.
     *
     * @param server what stands in its {@code server} block; {@code PORT} is the port, and {@code
     *     DIR} the directory
     */
    public Nginx(Path directory, String server) throws IOException {
        this.directory = Files.createDirectories(directory);
        Path file = directory.resolve("nginx.conf");
        Files.writeString(
                file,
                configuration(server).replace("PORT", "" + port).replace("DIR", "" + directory));
        process =
                new ProcessBuilder("/usr/sbin/nginx", "-c", file.toString(), "-p", "" + directory)
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("out").toFile())
                        .start();
        await().atMost(Duration.ofSeconds(30)).until(this::listens);
    }

    private static String configuration(String server) {
        String user = System.getProperty("user.name").equals("root") ? "user root;" : "";
        return """
        %s
        daemon off; worker_processes 1; pid DIR/pid; error_log DIR/error.log;
        events { worker_connections 256; }
        http {
          access_log off; client_body_temp_path DIR/body; proxy_temp_path DIR/proxy;
          fastcgi_temp_path DIR/fastcgi; uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
          server { %s }
        }
        """
                .formatted(user, server);
    }

    private boolean listens() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException(Files.readString(directory.resolve("out")));
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
