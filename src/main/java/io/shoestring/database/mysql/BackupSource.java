package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.DatabaseException;

import java.io.IOException;
import java.util.Optional;

/**
 * A member's data as a stream of {@code mariadb-backup}: the member's own agent makes it, here or
 * on another machine, and whoever copies asks for one piece after the other. One stream at a time.
 */
public interface BackupSource {
    /**
     * What the member could give.
     *
     * @param obstacle why it can give nothing, as a sentence; all else means nothing then
     * @param version of {@code mariadb-backup}, as {@code 10.11}: who prepares the copy needs the
     *     same
     * @param bytes about how much the copy will be
     * @param streaming whether it is a replica that receives and applies
     * @param logged its {@code gtid_binlog_state}
     */
    record Offer(
            Optional<String> obstacle,
            String version,
            long bytes,
            boolean streaming,
            String logged) {
        public Offer {
            requireNonNull(obstacle, "obstacle is null");
            requireNonNull(version, "version is null");
            requireNonNull(logged, "logged is null");
        }

        static Offer none(String obstacle) {
            return new Offer(Optional.of(obstacle), "", 0, false, "");
        }
    }

    /** A piece of the stream. */
    final class Piece {
        private final byte[] bytes;
        private final boolean last;
        private final Optional<String> failure;

        /**
         * A piece.
         *
         * @param bytes may be none if there is nothing yet; not copied
         * @param last whether the stream ends with it
         * @param failure why the stream is worth nothing, as a sentence; only with the last
         */
        public Piece(byte[] bytes, boolean last, Optional<String> failure) {
            this.bytes = requireNonNull(bytes, "bytes is null");
            this.last = last;
            this.failure = requireNonNull(failure, "failure is null");
        }

        public byte[] bytes() {
            return bytes;
        }

        public boolean last() {
            return last;
        }

        public Optional<String> failure() {
            return failure;
        }
    }

    /** Looks, for some seconds; {@link IOException} if its agent cannot be asked. */
    Offer offer() throws IOException, InterruptedException;

    /**
     * Begins a stream; one that nobody reads any more is ended by itself.
     *
     * @return its number
     * @throws DatabaseException if it gives none now
     */
    long begin() throws IOException, InterruptedException, DatabaseException;

    /**
     * The next piece, waiting for some seconds for it.
     *
     * @param stream its number
     * @param piece 0 for the first, and one more after each that was not empty; the same again
     *     gives the same piece, so that an answer may be lost
     * @throws DatabaseException if there is no such stream any more
     */
    Piece read(long stream, long piece) throws IOException, InterruptedException, DatabaseException;

    /** Ends a stream, also one that is not at its end. */
    void end(long stream) throws IOException, InterruptedException;
}
