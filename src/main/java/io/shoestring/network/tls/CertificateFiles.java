package io.shoestring.network.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The files that a listener's certificates are in. All methods block on the file system.
 *
 * @param paths files, and directories of files
 */
record CertificateFiles(List<Path> paths) {
    private static final String CERTBOT_CHAIN = "fullchain.pem";

    CertificateFiles {
        paths = List.copyOf(paths);
    }

    /** All certificates; those that are named first come first. */
    List<ServerCertificate> read() throws TlsException {
        List<ServerCertificate> certificates = new ArrayList<>();
        for (Path each : find()) {
            certificates.add(ServerCertificate.read(each));
        }
        return certificates;
    }

    private List<Path> find() throws TlsException {
        List<Path> found = new ArrayList<>();
        for (Path each : paths) {
            if (Files.isDirectory(each)) {
                List<Path> inside = inside(each);
                if (inside.isEmpty()) {
                    throw new TlsException(
                            "there is no certificate in " + each + ": no file .pem or .crt");
                }
                found.addAll(inside);
            } else {
                found.add(each);
            }
        }
        return found;
    }

    /** As certbot lays them out, in a directory for each; or simply all of them in one. */
    private static List<Path> inside(Path directory) throws TlsException {
        if (Files.exists(directory.resolve(CERTBOT_CHAIN))) {
            return List.of(directory.resolve(CERTBOT_CHAIN));
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted()
                    .map(each -> Files.isDirectory(each) ? each.resolve(CERTBOT_CHAIN) : each)
                    .filter(CertificateFiles::isCertificate)
                    .toList();
        } catch (IOException e) {
            throw new TlsException(directory + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static boolean isCertificate(Path path) {
        String name = path.getFileName().toString();
        return (name.endsWith(".pem") || name.endsWith(".crt")) && Files.isRegularFile(path);
    }

    /** Differs when any of the files was written, replaced, added or removed. */
    String stamp(List<Path> others) {
        TreeSet<String> stamps = new TreeSet<>();
        others.forEach(each -> stamps.add(stampOf(each)));
        try {
            for (Path each : find()) {
                stamps.add(stampOf(each));
                ServerCertificate.placesOfKey(each).forEach(key -> stamps.add(stampOf(key)));
            }
        } catch (TlsException e) {
            stamps.add(String.valueOf(e.getMessage()));
        }
        return String.join("\n", stamps);
    }

    /** Another one when the file has changed. */
    static String stampOf(Path path) {
        try {
            return "%s %s %d %s"
                    .formatted(
                            path,
                            Files.getLastModifiedTime(path).toInstant(),
                            Files.size(path),
                            path.toRealPath());
        } catch (NoSuchFileException _) {
            return path + " is not there";
        } catch (IOException e) {
            return path + ": " + e.getMessage();
        }
    }
}
