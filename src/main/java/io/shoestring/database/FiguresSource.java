package io.shoestring.database;

import io.shoestring.model.MemberFigures;
import io.shoestring.model.ServerSizes;

/** A database's server on this machine that tells its figures. Thread-safe. */
public interface FiguresSource extends AutoCloseable {
    /** Its figures now, or why there are none; takes three seconds at most. */
    MemberFigures read();

    /**
     * The sizes of its databases, tables and indexes; takes ten seconds at most.
     *
     * @throws DatabaseException if it cannot be asked
     */
    ServerSizes sizes() throws DatabaseException;

    /** Lets go of its connection. */
    @Override
    void close();
}
