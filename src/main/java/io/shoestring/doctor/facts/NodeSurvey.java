package io.shoestring.doctor.facts;

import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.doctor.facts.Facts.Gap;
import io.shoestring.doctor.facts.NodeFacts.Certificate;
import io.shoestring.doctor.facts.NodeFacts.Secret;
import io.shoestring.model.ClusterStatus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Looks at this machine's files of the node: its secrets and its certificates. */
final class NodeSurvey {
    private final WallClock wallClock;
    private final List<Gap> gaps;

    NodeSurvey(WallClock wallClock, List<Gap> gaps) {
        this.wallClock = wallClock;
        this.gaps = gaps;
    }

    NodeFacts look(ShoestringConfig config, Optional<ClusterStatus> status) {
        Path identity = config.cluster().directory().resolve("identity");
        List<Secret> secrets = new ArrayList<>();
        Stream.of(
                        config.databases().values().stream()
                                .map(DatabaseConfig::superuser)
                                .map(DatabaseConfig.Superuser::passwordFile),
                        Stream.of(config.admin().tokenFile()),
                        Stream.of("node.key", "authority.key").map(identity::resolve))
                .flatMap(files -> files)
                .distinct()
                .forEach(file -> secret(file).ifPresent(secrets::add));
        List<Certificate> certificates = new ArrayList<>();
        certificate(identity.resolve("node.pem"), true).ifPresent(certificates::add);
        certificate(identity.resolve("authority.pem"), false).ifPresent(certificates::add);
        return new NodeFacts(wallClock.now(), secrets, certificates, openFiles(), status);
    }

    private Optional<Secret> secret(Path file) {
        try {
            return Files.exists(file)
                    ? Optional.of(
                            new Secret(
                                    file,
                                    PosixFilePermissions.toString(
                                            Files.getPosixFilePermissions(file))))
                    : Optional.empty();
        } catch (IOException e) {
            missed(file, e);
            return Optional.empty();
        }
    }

    private Optional<Certificate> certificate(Path file, boolean renewed) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            X509Certificate found =
                    (X509Certificate)
                            CertificateFactory.getInstance("X.509").generateCertificate(in);
            return Optional.of(
                    new Certificate(
                            file,
                            found.getNotBefore().toInstant(),
                            found.getNotAfter().toInstant(),
                            renewed));
        } catch (IOException | CertificateException e) {
            missed(file, e);
            return Optional.empty();
        }
    }

    private void missed(Path file, Exception e) {
        gaps.add(new Gap("this machine", "the file " + file, String.valueOf(e.getMessage())));
    }

    /** Java raises its limit to what is allowed: the second number. */
    private static OptionalLong openFiles() {
        try {
            String limits = Files.readString(Path.of("/proc/self/limits"));
            return KernelSurvey.openFiles(
                    limits.replaceAll("(?m)^(Max open files\\s+)\\S+\\s+", "$1"));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
