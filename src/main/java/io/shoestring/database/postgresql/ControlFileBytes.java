package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.FileProblem;
import io.shoestring.model.Lsn;
import io.shoestring.model.Position;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The form of {@code global/pg_control} (PostgreSQL's source, {@code catalog/pg_control.h}) on
 * machines of 64 bits. The fields that are read stand at the same places in all versions from 13 to
 * 18; where the check sum stands says the version of the form.
 */
final class ControlFileBytes {
    private static final int SYSTEM_IDENTIFIER = 0;
    private static final int VERSION = 8;
    private static final int STATE = 16;
    private static final int CHECKPOINT = 32;
    private static final int CHECKPOINT_TIMELINE = 48;
    private static final int RECOVERY_END = 136;
    private static final int RECOVERY_END_TIMELINE = 144;
    private static final int SEGMENT_BYTES = 228;

    /** Where the check sum of all bytes before it is, by the version of the form. */
    private static final Map<Integer, Integer> CHECKSUM = Map.of(1300, 288, 1700, 288, 1800, 292);

    private static final int LEAST_BYTES = 296;

    private static final List<String> STATES =
            List.of(
                    "starting up",
                    "shut down",
                    "shut down in recovery",
                    "shutting down",
                    "in crash recovery",
                    "in archive recovery",
                    "in production");

    private ControlFileBytes() {}

    /**
     * Reads it; empty: it is of a version that is not known here.
     *
     * @throws DatabaseException if it cannot be read, or is damaged
     */
    static Optional<ControlFile> read(DataDirectory data) throws DatabaseException {
        Path file = data.file("global/pg_control");
        try {
            return parse(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new DatabaseException(
                    "The control file of " + data + " cannot be read: " + FileProblem.describe(e),
                    e);
        } catch (IllegalArgumentException e) {
            throw new DatabaseException(
                    "The control file of " + data + " makes no sense: " + e.getMessage(), e);
        }
    }

    /**
     * @throws IllegalArgumentException if it is damaged
     */
    static Optional<ControlFile> parse(byte[] bytes) {
        if (bytes.length < LEAST_BYTES) {
            throw new IllegalArgumentException("it has " + bytes.length + " bytes");
        }
        ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        Integer checksum = CHECKSUM.get(fields.getInt(VERSION));
        if (checksum == null) {
            return Optional.empty();
        }
        check(fields, checksum);
        int state = fields.getInt(STATE);
        if (state < 0 || state >= STATES.size()) {
            throw new IllegalArgumentException("the server's state is " + state);
        }
        return Optional.of(
                new ControlFile(
                        STATES.get(state),
                        position(fields, CHECKPOINT, CHECKPOINT_TIMELINE),
                        position(fields, RECOVERY_END, RECOVERY_END_TIMELINE),
                        fields.getLong(SYSTEM_IDENTIFIER),
                        fields.getInt(SEGMENT_BYTES)));
    }

    private static void check(ByteBuffer fields, int at) {
        CRC32C sum = new CRC32C();
        sum.update(fields.slice(0, at));
        if ((int) sum.getValue() != fields.getInt(at)) {
            throw new IllegalArgumentException("its check sum is wrong");
        }
    }

    private static Position position(ByteBuffer fields, int lsn, int timeline) {
        return new Position(fields.getInt(timeline), new Lsn(fields.getLong(lsn)));
    }
}
