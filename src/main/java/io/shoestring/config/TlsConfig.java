package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The TLS of a listener.
 *
 * @param certificates PEM files, and directories of such files; the first one is shown to clients
 *     that ask for no name that is known
 * @param issued names whose certificates the cluster gets itself; they come behind the files
 * @param clients whose certificates are asked for; empty: nobody's
 */
public record TlsConfig(
        List<Path> certificates, List<String> issued, Version minimum, Optional<Clients> clients) {
    public TlsConfig {
        certificates = List.copyOf(certificates);
        issued = List.copyOf(issued);
        requireNonNull(minimum, "minimum is null");
        requireNonNull(clients, "clients is null");
    }

    /** One with files only. */
    public TlsConfig(List<Path> certificates, Version minimum, Optional<Clients> clients) {
        this(certificates, List.of(), minimum, clients);
    }

    /** The oldest version that is spoken. */
    public enum Version {
        TLS_1_2,
        TLS_1_3;

        /** This one and the newer ones, by Java's names. */
        public List<String> protocols() {
            return switch (this) {
                case TLS_1_2 -> List.of("TLSv1.3", "TLSv1.2");
                case TLS_1_3 -> List.of("TLSv1.3");
            };
        }
    }

    /**
     * What clients must prove.
     *
     * @param authorities a PEM file with the authorities whose certificates are believed
     * @param required whether a client without a certificate is refused
     */
    public record Clients(Path authorities, boolean required) {
        public Clients {
            requireNonNull(authorities, "authorities is null");
        }
    }
}
