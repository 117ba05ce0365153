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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
            DurableFile.replace(data.file(NAME), settings.render(), account);
            include(account);
            warnOfOverrides(settings.values().keySet());
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
        String line = includeLine();
        String text = Files.readString(main.path());
        if (text.lines().noneMatch(it -> it.strip().equals(line))) {
            String gap = text.isEmpty() || text.endsWith("\n") ? "" : "\n";
            DurableFile.replace(
                    main.path(), text + gap + "\n" + COMMENT + "\n" + line + "\n", account);
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

    /** In the data directory, so that it goes where the data goes. */
    private String includeLine() {
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
