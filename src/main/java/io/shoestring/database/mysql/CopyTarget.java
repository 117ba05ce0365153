package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.CopyProgress;
import io.shoestring.database.server.DurableFile;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** The directory of a member that is being copied: what is in it is worth nothing until the end. */
record CopyTarget(MariaDbServer server) {
    /** What is written meanwhile comes on top: a tenth, and what an empty server has. */
    private static final int MORE_PARTS = 10;

    private static final long MORE_BYTES = 32L << 20;

    /**
     * Empties it, and marks it until {@link #done}; what had been there was not a member's data.
     */
    Account begin() throws DatabaseException, IOException {
        Account account = Account.ownerOf(server.data());
        // Durable first: who finds it knows that what is in the directory is worth nothing.
        DurableFile.replace(server.cloning(), "", account);
        removeRemains();
        account.makeDirectory(server.data());
        return account;
    }

    private void removeRemains() throws IOException {
        if (!Files.isDirectory(server.data())) {
            return;
        }
        try (Stream<Path> files = Files.walk(server.data())) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!each.equals(server.data())) {
                    Files.delete(each);
                }
            }
        }
    }

    /**
     * The server has the data now, and its log begins after a position; as if it had logged all
     * that was before: so that others may follow it.
     */
    void takeOverHistory(ServerConnection connection, String position)
            throws IOException, MysqlException {
        connection.run("RESET MASTER");
        if (!position.isEmpty()) {
            connection.run("SET GLOBAL gtid_binlog_state = " + MariaDbServer.quoted(position));
            connection.run("SET GLOBAL gtid_slave_pos = " + MariaDbServer.quoted(position));
        }
    }

    /** It is complete. */
    void done() throws IOException {
        Files.deleteIfExists(server.cloning());
    }

    /** How much room there is where the data will be; what is there now will be removed. */
    long freeBytes() throws IOException {
        Path existing = server.data();
        while (!Files.exists(existing)) {
            existing = existing.resolveSibling("..").normalize();
        }
        FileStore store = Files.getFileStore(existing);
        return store.getUsableSpace();
    }

    /** Why there is no room for a copy of so many bytes; empty if there is. */
    static Optional<String> lack(long copyBytes, long freeBytes) {
        long needed = copyBytes + copyBytes / MORE_PARTS + MORE_BYTES;
        return freeBytes >= needed
                ? Optional.empty()
                : Optional.of(
                        "A copy needs about "
                                + CopyProgress.amount(needed)
                                + ", and there are "
                                + CopyProgress.amount(freeBytes)
                                + " free");
    }
}
