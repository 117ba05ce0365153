package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.FileProblem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The tablespaces of a member that is about to be copied: directories outside of its data
 * directory. One that the member had keeps its place, another has the place that it has at the
 * server which is copied.
 *
 * <p>INVARIANT: a directory with files is only ever moved aside, and only if it was this member's;
 * whether all can be done is known before anything is touched.
 */
final class Tablespaces {
    private static final Logger LOG = LoggerFactory.getLogger(Tablespaces.class);
    private static final String LINKS = "pg_tblspc";

    /**
     * One of them.
     *
     * @param oid its number, the same on all servers
     * @param there where it is at the server that is copied
     * @param bytes about how much is in it
     */
    record Tablespace(String oid, Path there, long bytes) {}

    private record Place(Tablespace of, Path here, boolean ours) {}

    private final DataDirectory data;
    private final List<Place> places;

    private Tablespaces(DataDirectory data, List<Place> places) {
        this.data = data;
        this.places = List.copyOf(places);
    }

    /**
     * Looks where each would be.
     *
     * @throws DatabaseException if the place of one is taken by something that is not this member's
     */
    static Tablespaces of(DataDirectory data, List<Tablespace> there) throws DatabaseException {
        List<Place> places = new ArrayList<>();
        for (Tablespace each : there) {
            Path link = data.file(LINKS).resolve(each.oid());
            try {
                boolean ours = Files.isSymbolicLink(link) && Files.isDirectory(link);
                Path here = ours ? Files.readSymbolicLink(link) : each.there();
                if (!ours && hasFiles(here)) {
                    throw new DatabaseException(taken(data, here));
                }
                places.add(new Place(each, here, ours));
            } catch (IOException e) {
                throw new DatabaseException(
                        "Cannot look at the tablespace " + link + ": " + FileProblem.describe(e),
                        e);
            }
        }
        return new Tablespaces(data, places);
    }

    private static String taken(DataDirectory data, Path here) {
        return "The directory "
                + here
                + " is a tablespace of the server that "
                + data
                + " is to be a copy of, and on this machine it has files that are not of this"
                + " member, so nothing was touched: members with tablespaces need a machine for"
                + " each; if the files are what an earlier copy has left, move them away.";
    }

    private static boolean hasFiles(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return false;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isPresent();
        }
    }

    /** The directories to which a data directory has links. */
    static List<Path> linkedFrom(DataDirectory data) throws IOException {
        Path links = data.file(LINKS);
        if (!Files.isDirectory(links)) {
            return List.of();
        }
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(links)) {
            for (Path link : files.filter(Files::isSymbolicLink).toList()) {
                if (Files.isDirectory(link)) {
                    found.add(Files.readSymbolicLink(link));
                }
            }
        }
        return found;
    }

    /** One that this member has no place of its own for yet, as it is at the other server. */
    Optional<Path> unknown() {
        return places.stream()
                .filter(place -> !place.ours())
                .map(place -> place.of().there())
                .findFirst();
    }

    /** About how much all of them have. */
    long bytes() {
        return places.stream().mapToLong(place -> place.of().bytes()).sum();
    }

    /** How much room each directory needs. */
    Map<Path, Long> needs() {
        Map<Path, Long> needs = new LinkedHashMap<>();
        places.forEach(place -> needs.merge(place.here(), place.of().bytes(), Long::sum));
        return needs;
    }

    /**
     * Moves what is in them aside, each next to where it was. Done before the data directory is
     * moved: its links are made to point to where the files are now.
     *
     * @param suffix of the new names
     */
    void keep(String suffix) throws DatabaseException {
        for (Place place : places) {
            if (place.ours()) {
                keep(place, suffix);
            }
        }
    }

    private void keep(Place place, String suffix) throws DatabaseException {
        Path kept = place.here().resolveSibling(place.here().getFileName() + suffix);
        Path link = data.file(LINKS).resolve(place.of().oid());
        try {
            Account account = Account.ownerOf(data.path());
            Files.move(place.here(), kept);
            Files.delete(link);
            Files.createSymbolicLink(link, kept);
            account.give(link);
            LOG.warn("The tablespace in {} is kept in {}", place.here(), kept);
        } catch (IOException e) {
            throw new DatabaseException(
                    "The tablespace in "
                            + place.here()
                            + " cannot be moved to "
                            + kept
                            + " (it must not be a mount point itself: give it a directory below"
                            + " one): "
                            + FileProblem.describe(e),
                    e);
        }
    }

    /** Makes empty directories for all of them: where each is, by where it is at the source. */
    Map<Path, Path> prepare() throws DatabaseException {
        Map<Path, Path> prepared = new LinkedHashMap<>();
        try {
            Account account = Account.ownerOf(data.path());
            for (Place place : places) {
                account.makeDirectory(place.here());
                prepared.put(place.of().there(), place.here());
            }
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot make the directory of a tablespace: " + FileProblem.describe(e), e);
        }
        return prepared;
    }
}
