package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.Aside;
import io.shoestring.database.server.DurableFile;
import io.shoestring.database.server.FileProblem;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Keeps the part of a member's log that no other member has, before a rewind forgets it. */
final class LogAside {
    private final DataDirectory data;
    private final Aside aside;

    LogAside(DataDirectory data, Aside aside) {
        this.data = data;
        this.aside = aside;
    }

    /**
     * Copies the log from the segment of the fork on.
     *
     * @param why the first sentence of the note that is put beside it
     * @return where it is
     */
    Path keep(WalFiles files, LocalLog.Comparison comparison, long epoch, String why)
            throws DatabaseException {
        String mark = "The log leaves the cluster's history at " + comparison.fork() + ".";
        try {
            Path kept = completed(epoch, mark);
            if (kept != null) {
                return kept;
            }
            Account account = Account.ownerOf(data.path());
            Path directory = aside.newDirectory(epoch);
            Path copies = directory.resolve("pg_wal");
            account.makeDirectory(copies);
            List<Path> all = new ArrayList<>(files.histories());
            all.addAll(files.between(comparison.fork(), comparison.lastRecord()));
            for (Path file : all) {
                Path copy = copies.resolve(file.getFileName());
                account.copy(file, copy);
                DurableFile.flush(copy);
            }
            DurableFile.flush(copies);
            Aside.note(directory, account, why + "\n" + mark + "\n" + HOW_TO_READ_LOG);
            aside.tellSize();
            return directory;
        } catch (IOException e) {
            throw new DatabaseException(
                    "The log of "
                            + data
                            + " that nobody else has cannot be copied to "
                            + aside.place()
                            + ", so it is left as it is: "
                            + FileProblem.describe(e),
                    e);
        }
    }

    private static final String HOW_TO_READ_LOG =
            """
            pg_wal has the segments from there on. pg_waldump, of the same PostgreSQL version, shows
            what is in them; transactions after that position are in no other server's data.
            Remove this directory when you are sure that you do not need it.
            """;

    /** What an earlier attempt has kept already. */
    private @Nullable Path completed(long epoch, String mark) throws IOException {
        for (Path directory : aside.directories()) {
            Path readme = directory.resolve(Aside.README);
            if (directory.toString().endsWith("-epoch" + epoch)
                    && Files.isDirectory(directory.resolve("pg_wal"))
                    && Files.exists(readme)
                    && Files.readString(readme).contains(mark)) {
                return directory;
            }
        }
        return null;
    }
}
