package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.Aside;
import io.shoestring.database.server.FileProblem;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The transactions at the end of a stopped server's log that another server has not. They are about
 * to be cut off there; here they are copied, into files that {@code mariadb-binlog} shows.
 */
final class LogTail {
    private final Path index;
    private final GtidState theirs;

    /**
     * @param index the list of the log's files
     * @param theirs what the other server has
     */
    LogTail(Path index, GtidState theirs) {
        this.index = index;
        this.theirs = theirs;
    }

    /**
     * Copies them into a new directory, each file of the log under its own name.
     *
     * @return what was kept, as a sentence after a blank; nothing if there are none
     */
    String keep(MariaDbServer server, Path directory) throws DatabaseException {
        List<String> transactions = BinaryLog.read(index).state().missingFrom(theirs);
        if (transactions.isEmpty()) {
            return "";
        }
        String what =
                "What only "
                        + server.name()
                        + " had, and nobody had acknowledged ("
                        + String.join(", ", transactions)
                        + "), was cut off its log";
        try {
            Account account = Account.ownerOf(server.data());
            account.makeDirectory(directory);
            copyTo(directory, account);
            Aside.note(directory, account, what + ".\nmariadb-binlog shows it.\n");
        } catch (IOException e) {
            throw new DatabaseException(
                    "The end of the log of member "
                            + server.name()
                            + " cannot be kept in "
                            + directory
                            + ": "
                            + FileProblem.describe(e),
                    e);
        }
        return " " + what + "; it is kept in " + directory + ".";
    }

    private void copyTo(Path directory, Account account) throws IOException {
        for (Path file : BinaryLog.files(index).reversed()) {
            Path target = directory.resolve(String.valueOf(file.getFileName()));
            boolean more = copy(file, target);
            if (Files.exists(target)) {
                account.give(target);
            }
            if (!more) {
                return;
            }
        }
    }

    /** Returns whether the file before it may have some, too. */
    private boolean copy(Path file, Path target) throws IOException {
        try (FileChannel log = FileChannel.open(file, StandardOpenOption.READ)) {
            Bounds bounds = new Bounds();
            BinaryLog.walk(log, bounds);
            if (bounds.missing >= 0) {
                write(log, bounds, target);
            }
            return !bounds.before.missingFrom(theirs).isEmpty();
        }
    }

    private static void write(FileChannel log, Bounds bounds, Path target) throws IOException {
        try (FileChannel kept =
                FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            copy(log, 0, bounds.first, kept);
            copy(log, bounds.missing, bounds.end, kept);
            kept.force(true);
        }
    }

    private static void copy(FileChannel log, long from, long to, FileChannel kept)
            throws IOException {
        long at = from;
        while (at < to) {
            at += log.transferTo(at, to - at, kept);
        }
    }

    /** Where in a file its first transaction begins, and the first that they have not. */
    private final class Bounds implements BinaryLog.Visitor {
        private GtidState before = GtidState.EMPTY;
        private long first = -1;
        private long missing = -1;
        private long end;

        @Override
        public void before(GtidState state) {
            before = state;
        }

        @Override
        public void transaction(long at, GtidState upToIt) {
            first = first < 0 ? at : first;
            if (missing < 0 && !upToIt.missingFrom(theirs).isEmpty()) {
                missing = at;
            }
        }

        @Override
        public void end(long at) {
            end = at;
        }
    }
}
