package io.shoestring.database.postgresql;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code shoestring.conf} in the data directory, and the line at the end of {@code postgresql.conf}
 * that includes it. It is written anew before each start and each change of the role, because a
 * rewind or a base backup overwrites it with the other server's.
 */
final class SettingsFile {
    static final String NAME = "shoestring.conf";

    private static final Logger LOG = LoggerFactory.getLogger(SettingsFile.class);
    private static final String INCLUDE = "include_if_exists = '" + NAME + "'";
    private static final Pattern ASSIGNMENT = Pattern.compile("^\\s*([\\w.]+)\\s*=?\\s*.*$");

    private final DataDirectory data;

    SettingsFile(DataDirectory data) {
        this.data = data;
    }

    /** Writes the settings; they are in force after a start or a reload. */
    void write(Settings settings) throws PostgresException {
        Account account = Account.ownerOf(data.path());
        try {
            DataDirectory.replace(data.file(NAME), settings.render(), account);
            include(account);
            warnOfOverrides(settings.values().keySet());
        } catch (IOException e) {
            throw new PostgresException(
                    "Cannot write the settings of member "
                            + settings.member()
                            + " in "
                            + data
                            + ": "
                            + FileProblem.describe(e),
                    e);
        }
    }

    private void include(Account account) throws IOException, PostgresException {
        Path main = data.file("postgresql.conf");
        if (!Files.exists(main)) {
            throw new PostgresException(
                    "There is no postgresql.conf in "
                            + data
                            + ": Shoestring needs the configuration of a member in its data"
                            + " directory.");
        }
        String text = Files.readString(main);
        if (text.lines().noneMatch(line -> line.strip().equals(INCLUDE))) {
            String gap = text.isEmpty() || text.endsWith("\n") ? "" : "\n";
            DataDirectory.replace(
                    main,
                    text
                            + gap
                            + "\n# What Shoestring decides; it must come last.\n"
                            + INCLUDE
                            + "\n",
                    account);
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
