package io.shoestring.database.mysql;

import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.CopyProgress;
import io.shoestring.database.server.FileProblem;
import io.shoestring.database.server.Shutdown;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Fills an empty member with a copy: by the files of a replica that has nothing of its own, which
 * leaves the primary in peace, else by those of the primary, else by a dump of the primary.
 */
final class MemberCopy {
    private static final Logger LOG = LoggerFactory.getLogger(MemberCopy.class);
    private static final int ANSWER_SECONDS = 5;

    private final MariaDbServer server;
    private final Shutdown shutdown;
    private final BackupSources sources;
    private final HotCopy hot;
    private final DumpCopy dump;

    MemberCopy(
            MariaDbServer server,
            MariaDbStartup startup,
            Shutdown shutdown,
            BackupSources sources,
            CopyProgress progress) {
        this.server = server;
        this.shutdown = shutdown;
        this.sources = sources;
        this.hot = new HotCopy(server, startup, progress);
        this.dump = new DumpCopy(server, startup);
    }

    private record Candidate(MemberName name, BackupSource source, BackupSource.Offer offer) {}

    /**
     * Makes it; the server runs afterwards, read-only, and follows nobody yet.
     *
     * @return how, as {@code by mariadb-backup of b}
     */
    String run(MemberSpec primary) throws DatabaseException {
        try {
            return hot(primary);
        } catch (HotCopy.ImpossibleException e) {
            LOG.warn(
                    "Member {} is copied by mariadb-dump, which takes longer and is not bounded by"
                            + " clone-rate: {}",
                    server.name(),
                    e.sentence());
            endAll();
            dump.run(primary);
            return "by mariadb-dump of " + primary.name() + " (" + unended(e.sentence()) + ")";
        }
    }

    /** Also what an earlier copy, of an agent that is gone, may have left running. */
    private void endAll() throws DatabaseException {
        shutdown.fence();
        shutdown.killTools();
    }

    private static String unended(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private String hot(MemberSpec primary) throws DatabaseException, HotCopy.ImpossibleException {
        String version = version();
        try {
            Candidate from = choose(primary);
            if (!from.offer().version().equals(version)) {
                throw new HotCopy.ImpossibleException(
                        "mariadb-backup is "
                                + version
                                + " here and "
                                + from.offer().version()
                                + " on the machine of "
                                + from.name());
            }
            checkRoom(from);
            endAll();
            hot.run(from.name(), from.source(), from.offer());
            return "by mariadb-backup of " + from.name();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DatabaseException(
                    "The copy of member " + server.name() + " was interrupted.", e);
        }
    }

    private String version() throws HotCopy.ImpossibleException {
        try {
            return BackupDesk.version(server);
        } catch (DatabaseException e) {
            throw new HotCopy.ImpossibleException(e.sentence());
        }
    }

    private Candidate choose(MemberSpec primary)
            throws InterruptedException, HotCopy.ImpossibleException, DatabaseException {
        List<MemberName> replicas =
                server.database().members().values().stream()
                        .filter(other -> !other.name().equals(server.name()))
                        .filter(other -> !other.name().equals(primary.name()))
                        // What it holds back would have to be fetched after the copy.
                        .filter(other -> other.delay().isEmpty())
                        // The upstream first; then who is no successor: no commit waits for it.
                        .sorted(
                                Comparator.comparing(
                                                (DatabaseConfig.Member other) ->
                                                        !server.upstream()
                                                                .equals(Optional.of(other.name())))
                                        .thenComparingInt(DatabaseConfig.Member::priority))
                        .map(DatabaseConfig.Member::name)
                        .toList();
        for (MemberName replica : replicas) {
            Optional<Candidate> found = ask(replica).filter(it -> isFaithful(it, primary));
            if (found.isPresent()) {
                return found.get();
            }
        }
        Candidate first =
                ask(primary.name())
                        .orElseThrow(
                                () ->
                                        new HotCopy.ImpossibleException(
                                                "The node of "
                                                        + primary.name()
                                                        + " cannot be asked for its files"));
        if (first.offer().obstacle().isPresent()) {
            throw new HotCopy.ImpossibleException(first.offer().obstacle().get());
        }
        return first;
    }

    private Optional<Candidate> ask(MemberName member) throws InterruptedException {
        Optional<BackupSource> source = sources.find(member);
        if (source.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Candidate(member, source.get(), source.get().offer()));
        } catch (IOException e) {
            LOG.info("{} cannot be asked for its files: {}", member, e.getMessage());
            return Optional.empty();
        }
    }

    /** Follows, and has nothing that the primary has not. */
    private boolean isFaithful(Candidate replica, MemberSpec primary) {
        if (replica.offer().obstacle().isPresent() || !replica.offer().streaming()) {
            return false;
        }
        try {
            GtidState has = GtidState.parse(replica.offer().logged());
            return has.missingFrom(
                            server.ask(
                                    primary,
                                    ANSWER_SECONDS,
                                    connection ->
                                            GtidState.parse(
                                                    connection
                                                            .ask(
                                                                    "SELECT"
                                                                        + " @@global.gtid_binlog_state")
                                                            .getFirst()
                                                            .getFirst())))
                    .isEmpty();
        } catch (MysqlException | DatabaseException e) {
            LOG.info("{} is not copied from: {}", replica.name(), e.getMessage());
            return false;
        }
    }

    private void checkRoom(Candidate from) throws DatabaseException {
        try {
            Optional<String> lack =
                    CopyTarget.lack(from.offer().bytes(), new CopyTarget(server).freeBytes());
            if (lack.isPresent()) {
                throw new DatabaseException(
                        "Member "
                                + server.name()
                                + " is not copied. "
                                + lack.get()
                                + " where "
                                + server.data()
                                + " is: make room (what was kept aside is in "
                                + server.beside(".aside")
                                + "), and it goes on by itself.");
            }
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot look at the room for " + server.data() + ": " + FileProblem.describe(e),
                    e);
        }
    }
}
