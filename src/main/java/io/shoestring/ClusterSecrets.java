package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.WallClock;
import io.shoestring.cluster.identity.PrivateFiles;
import io.shoestring.config.HttpListenerConfig;
import io.shoestring.config.ListenerConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.config.TcpListenerConfig;
import io.shoestring.config.TlsConfig;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.Event;
import io.shoestring.model.NodeName;
import io.shoestring.monitoring.Events;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.secrets.Seal;
import io.shoestring.secrets.TicketKeeper;
import io.shoestring.secrets.Vault;
import io.shoestring.secrets.acme.CertificateKeeper;
import io.shoestring.secrets.acme.CertificateKeeper.Wanted;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What this node's listeners share with those of the other nodes, and who sees to it. */
final class ClusterSecrets implements AutoCloseable {
    private static final Duration CADENCE = Duration.ofSeconds(5);
    private static final int SECRET_BYTES = 32;

    private final SharedTls shared;
    private final TicketKeeper tickets;
    private final CertificateKeeper certificates;

    private ClusterSecrets(SharedTls shared, TicketKeeper tickets, CertificateKeeper certificates) {
        this.shared = requireNonNull(shared, "shared is null");
        this.tickets = requireNonNull(tickets, "tickets is null");
        this.certificates = requireNonNull(certificates, "certificates is null");
    }

    /**
     * Begins to keep them.
     *
     * @throws IOException if there is no secret to seal them with; the message says why
     */
    static ClusterSecrets start(
            NodeName name,
            ShoestringConfig config,
            ControlStore store,
            Optional<ClusterMembership> membership,
            Events events)
            throws IOException {
        Seal seal =
                membership.isPresent()
                        ? Seal.of(membership.get().directory().authority().key())
                        : Seal.of(ownSecret(config.cluster().directory()));
        var vault = new Vault(store, seal);
        SharedTls shared = SharedTls.alone();
        WallClock clock = WallClock.system();
        return new ClusterSecrets(
                shared,
                TicketKeeper.start(vault, shared.tickets(), clock),
                CertificateKeeper.start(
                        name.value(),
                        vault,
                        shared.issued(),
                        chronicle(events),
                        clock,
                        CADENCE,
                        wanted(config)));
    }

    /** A machine that is alone seals with a secret of its own. */
    private static byte[] ownSecret(Path directory) throws IOException {
        Path file = directory.resolve("secret");
        if (!Files.exists(file)) {
            byte[] made = new byte[SECRET_BYTES];
            new SecureRandom().nextBytes(made);
            PrivateFiles.below(directory).write(file, HexFormat.of().formatHex(made) + "\n");
        }
        try {
            return HexFormat.of().parseHex(Files.readString(file).strip());
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    file
                            + " is damaged: remove it. Certificates that were issued to this"
                            + " machine are then asked for anew.",
                    e);
        }
    }

    private static Wanted wanted(ShoestringConfig config) {
        return new Wanted(
                config.acme(),
                config.listeners().values().stream()
                        .flatMap(listener -> tls(listener).stream())
                        .map(TlsConfig::issued)
                        .flatMap(List::stream)
                        .collect(Collectors.toSet()));
    }

    private static Optional<TlsConfig> tls(ListenerConfig listener) {
        return switch (listener) {
            case HttpListenerConfig http -> http.tls();
            case TcpListenerConfig tcp -> tcp.tls();
            default -> Optional.empty();
        };
    }

    private static CertificateKeeper.Chronicle chronicle(Events events) {
        return new CertificateKeeper.Chronicle() {
            @Override
            public void issued(String text) {
                events.add(Event.Severity.INFO, Optional.empty(), 0, text);
            }

            @Override
            public void failed(String text) {
                events.add(Event.Severity.ERROR, Optional.empty(), 0, text);
            }
        };
    }

    /** What listeners take up. */
    SharedTls shared() {
        return shared;
    }

    /** Other certificates may be wanted from now on. */
    void become(ShoestringConfig next) {
        certificates.become(wanted(next));
    }

    @Override
    public void close() {
        certificates.close();
        tickets.close();
    }
}
