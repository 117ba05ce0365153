package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Aside;
import io.shoestring.database.server.FileProblem;
import io.shoestring.model.MemberSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/**
 * Fills a member's data directory with a copy, from a replica if there is one that has nearly
 * everything, so that the primary is spared; from the primary if that does not work.
 *
 * <p>INVARIANT: nothing is moved or written before it is known that there is room for the copy, and
 * that the places of its tablespaces are free.
 */
final class Cloning {
    private static final Logger LOG = LoggerFactory.getLogger(Cloning.class);

    /** Starts the copy; what kept it from following the primary, if something did. */
    interface Start {
        Optional<String> behind(UpstreamServer upstream, long epoch)
                throws DatabaseException, SQLException;
    }

    private final Server server;
    private final Aside aside;
    private final BaseBackup backup;
    private final Optional<MemberSpec> source;
    private final Start start;

    /**
     * @param source the replica
     */
    Cloning(
            Server server,
            Aside aside,
            BaseBackup backup,
            Optional<MemberSpec> source,
            Start start) {
        this.server = server;
        this.aside = aside;
        this.backup = backup;
        this.source = source;
        this.start = start;
    }

    /** The same as {@link #cloned}, where there is data, which is moved aside before. */
    String replaced(UpstreamServer upstream, long epoch, String why)
            throws DatabaseException, SQLException {
        Tablespaces before = Tablespaces.of(server.data(), upstream.tablespaces());
        checkSpace(upstream, before);
        // Where the new ones are to be is read before the links are gone with the data.
        Path stamp = aside.newDirectory(epoch).getFileName();
        before.keep(".aside-" + stamp);
        Path kept =
                aside.keepData(
                        epoch,
                        "Member "
                                + server.name()
                                + " was cloned from "
                                + upstream.name()
                                + " in epoch "
                                + epoch
                                + ". "
                                + why
                                + ".");
        forgetMarkers();
        return cloned(upstream, before, epoch, why + " (kept in " + kept + ")");
    }

    /** Copies into an empty directory, starts it and says how it went. */
    String cloned(UpstreamServer upstream, long epoch, String why)
            throws DatabaseException, SQLException {
        Tablespaces tablespaces = Tablespaces.of(server.data(), upstream.tablespaces());
        checkSpace(upstream, tablespaces);
        return cloned(upstream, tablespaces, epoch, why);
    }

    private String cloned(UpstreamServer upstream, Tablespaces tablespaces, long epoch, String why)
            throws DatabaseException, SQLException {
        LOG.info(
                "Cloning member {} for {}, {} MB: {}",
                server.name(),
                upstream.name(),
                upstream.bytes() / 1_000_000,
                why);
        upstream.keepLogFor(server.name());
        String from = copied(upstream, tablespaces, epoch);
        Optional<String> obstacle = start.behind(upstream, epoch);
        if (obstacle.isPresent()) {
            throw new DatabaseException(
                    "Member "
                            + server.name()
                            + " was cloned, but does not follow "
                            + upstream.name()
                            + ": "
                            + obstacle.get()
                            + ".");
        }
        return "Member "
                + server.name()
                + " was cloned from "
                + from
                + " and follows "
                + (from.equals(upstream.name().value()) ? "it" : upstream.name())
                + ". "
                + why
                + ".";
    }

    /** Whose copy it is. */
    private String copied(UpstreamServer upstream, Tablespaces tablespaces, long epoch)
            throws DatabaseException, SQLException {
        if (source.isPresent() && tablespaces.needs().isEmpty()) {
            try (UpstreamServer replica =
                    UpstreamServer.openReplica(source.get(), server.login())) {
                if (replica.systemIdentifier() == upstream.systemIdentifier()) {
                    backup.run(replica, upstream, tablespaces, epoch);
                    return source.get().name().value();
                }
            } catch (DatabaseException e) {
                LOG.warn(
                        "Member {} is copied from the primary {}, because its replica {} could not"
                                + " be copied: {}",
                        server.name(),
                        upstream.name(),
                        source.get().name(),
                        e.sentence());
            }
        }
        backup.run(upstream, upstream, tablespaces, epoch);
        return upstream.name().value();
    }

    /** Of a tablespace, where that is; of the rest, where the data is. */
    private void checkSpace(UpstreamServer upstream, Tablespaces tablespaces)
            throws DatabaseException, SQLException {
        server.checkSpace(Math.max(0, upstream.bytes() - tablespaces.bytes()));
        for (Map.Entry<Path, Long> need : tablespaces.needs().entrySet()) {
            server.checkSpace(need.getKey(), need.getValue());
        }
    }

    private void forgetMarkers() throws DatabaseException {
        try {
            Files.deleteIfExists(server.data().rewinding());
            Files.deleteIfExists(server.data().cloning());
        } catch (IOException e) {
            throw new DatabaseException("Cannot remove a marker: " + FileProblem.describe(e), e);
        }
    }
}
