package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.DurableFile;
import io.shoestring.database.server.FileProblem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@code shoestring.conf} in the data directory, and the line at the end of the server's main file
 * that includes it. It is written anew before each start and each change of the role, because a
 * rewind or a base backup overwrites it with the other server's.
 */
final class SettingsFile {
    static final String NAME = "shoestring.conf";

    private static final Logger LOG = LoggerFactory.getLogger(SettingsFile.class);
    private static final String COMMENT = "# What Shoestring decides; it must come last.";
    private static final Pattern ASSIGNMENT = Pattern.compile("^\\s*([\\w.]+)\\s*=?\\s*.*$");

    private final DataDirectory data;
    private final MainFile main;

    SettingsFile(Server server) {
        this.data = server.data();
        this.main = server.mainFile();
    }

    /** Writes the settings; they are in force after a start or a reload. */
    void write(Settings settings) throws DatabaseException {
        Account account = Account.ownerOf(data.path());
        try {
            DurableFile.replace(data.file(NAME), settings.render(data.majorVersion()), account);
            include(account);
            warnOfOverrides(settings.values(data.majorVersion()).keySet());
        } catch (IOException e) {
            throw new DatabaseException(
                    "Cannot write the settings of member "
                            + settings.member()
                            + " in "
                            + data
                            + ": "
                            + FileProblem.describe(e),
                    e);
        }
    }

    private void include(Account account) throws IOException, DatabaseException {
        if (!Files.exists(main.path())) {
            throw new DatabaseException(missing());
        }
        String text = Files.readString(main.path());
        if (!includes(data, main)) {
            String gap = text.isEmpty() || text.endsWith("\n") ? "" : "\n";
            DurableFile.replace(main.path(), text + gap + addition(), account);
        }
        if (main.outside()) {
            startByHand(account);
        }
    }

    private String missing() {
        return "There is no "
                + main.path()
                + ": a server has its settings in its data directory, or where Debian's"
                + " pg_createcluster puts them; if they are elsewhere, say where by config-file at"
                + " the member.";
    }

    private String addition() {
        return "\n" + COMMENT + "\n" + includeLine(data, main) + "\n";
    }

    /** Whether the main file has the line. */
    static boolean includes(DataDirectory data, MainFile main) throws IOException {
        String line = includeLine(data, main);
        return Files.exists(main.path())
                && Files.readString(main.path()).lines().anyMatch(it -> it.strip().equals(line));
    }

    /**
     * Takes the line out again, and has whoever started the server before start it again. What was
     * decided stays beside it, under another name.
     *
     * @return what was done, in sentences
     */
    List<String> remove() throws IOException, DatabaseException {
        Account account = Account.ownerOf(data.path());
        List<String> done = new ArrayList<>();
        if (includes(data, main)) {
            String line = includeLine(data, main);
            String text = Files.readString(main.path()).replace(addition(), "");
            // Somebody may have moved it.
            String without =
                    text.lines()
                            .filter(it -> !it.strip().equals(line) && !it.equals(COMMENT))
                            .map(it -> it + "\n")
                            .collect(Collectors.joining());
            DurableFile.replace(main.path(), without, account);
            done.add(main.path() + " does not include shoestring.conf any more.");
        }
        if (Files.exists(data.file(NAME))) {
            Path kept = data.file(NAME + ".undone");
            Files.move(data.file(NAME), kept, StandardCopyOption.REPLACE_EXISTING);
            done.add("What it said is kept in " + kept + ".");
        }
        Optional<String> start = main.startedAsBefore();
        if (start.isPresent()) {
            DurableFile.replace(main.startFile(), start.get(), account);
            done.add(main.startFile() + " says auto again: systemctl daemon-reload.");
        }
        return done.isEmpty() ? List.of("Nothing of Shoestring's is in its settings.") : done;
    }

    /** In the data directory, so that it goes where the data goes. */
    static String includeLine(DataDirectory data, MainFile main) {
        String place = main.outside() ? data.file(NAME).toString() : NAME;
        return "include_if_exists = '" + place.replace("'", "''") + "'";
    }

    /**
     * Whoever else starts the server when the machine starts would start it in the role that it had
     * when it died: a second primary.
     */
    private void startByHand(Account account) throws IOException {
        Optional<String> text = main.startedByUs();
        if (text.isPresent()) {
            LOG.info(
                    "{}: it is manual now, because Shoestring starts the server", main.startFile());
            DurableFile.replace(main.startFile(), text.get(), account);
        }
    }

    /** PostgreSQL reads this file after all others. It is the operator's: we leave it alone. */
    private void warnOfOverrides(Set<String> ours) throws IOException {
        List<String> overridden = overriddenIn(data.file("postgresql.auto.conf"), ours);
        if (!overridden.isEmpty()) {
            LOG.warn(
                    "postgresql.auto.conf in {} overrides {}, which Shoestring decides: take it out"
                            + " by ALTER SYSTEM RESET",
                    data,
                    overridden);
        }
    }

    static List<String> overriddenIn(Path file, Set<String> ours) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        return Files.readAllLines(file).stream()
                .map(ASSIGNMENT::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .filter(ours::contains)
                .toList();
    }
}
