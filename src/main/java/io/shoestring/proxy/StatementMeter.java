package io.shoestring.proxy;

import io.netty.buffer.ByteBuf;
import io.shoestring.monitoring.digest.Dialect;
import io.shoestring.monitoring.digest.DigestTable;
import io.shoestring.monitoring.digest.Figures;

/** Where the statements on one event loop are counted, by what they have in common. */
public final class StatementMeter {
    /**
     * Kinds of statements with figures of their own, on each loop; what is more counts as others.
     */
    private static final int ROWS_MAX = 500;

    private static final int SCRATCH_BYTES = 1_024;

    private final DigestTable table;
    private byte[] scratch = new byte[SCRATCH_BYTES];

    public StatementMeter(Dialect dialect) {
        table = new DigestTable(dialect, ROWS_MAX);
    }

    /** The runs of one prepared statement: whose figures they are may change with time. */
    public static final class Row {
        private final byte[] bytes;
        private final int from;
        private final int to;
        private Figures figures;

        private Row(byte[] bytes, int from, int to, Figures figures) {
            this.bytes = bytes;
            this.from = from;
            this.to = to;
            this.figures = figures;
        }
    }

    /** What is counted, for whoever asks; any thread. */
    public DigestTable table() {
        return table;
    }

    /** Where a statement of this text is counted. */
    public Figures figures(ByteBuf in, int sqlIndex, int sqlLength) {
        if (in.hasArray()) {
            int from = in.arrayOffset() + sqlIndex;
            return table.figures(in.array(), from, from + sqlLength);
        }
        if (scratch.length < sqlLength) {
            scratch = new byte[Integer.highestOneBit(sqlLength) * 2];
        }
        in.getBytes(sqlIndex, scratch, 0, sqlLength);
        return table.figures(scratch, 0, sqlLength);
    }

    /** Where a statement of this text is counted. */
    public Figures figures(byte[] sql, int from, int to) {
        return table.figures(sql, from, to);
    }

    /** Where the runs of a statement are counted that is prepared by this message. */
    public Row row(byte[] parse, int sqlFrom, int sqlLength) {
        int to = sqlFrom + sqlLength;
        return new Row(parse, sqlFrom, to, table.figures(parse, sqlFrom, to));
    }

    /** Where one run of it is counted now. */
    public Figures figures(Row row) {
        if (row.figures.isDismissed()) {
            row.figures = table.figures(row.bytes, row.from, row.to);
        }
        return row.figures;
    }
}
