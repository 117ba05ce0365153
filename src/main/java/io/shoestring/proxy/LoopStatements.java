package io.shoestring.proxy;

import io.netty.buffer.ByteBuf;
import io.shoestring.monitoring.digest.Dialect;
import io.shoestring.monitoring.digest.DigestTable;
import io.shoestring.monitoring.digest.Figures;
import io.shoestring.monitoring.digest.Shape;

/**
 * What is known of the statements on one event loop: what they mean, and where they are counted, by
 * what they have in common. Not thread-safe but for {@link #table}.
 *
 * @param <M> what a statement means
 */
public final class LoopStatements<M> {
    /**
     * Kinds of statements with figures of their own, on each loop; what is more counts as others.
     */
    private static final int ROWS_MAX = 500;

    private static final int SCRATCH_BYTES = 1_024;

    private final DigestTable table;
    private final MeaningCache<M> meanings = new MeaningCache<>();
    private final Shape shape = new Shape();
    private byte[] scratch = new byte[SCRATCH_BYTES];

    public LoopStatements(Dialect dialect) {
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

    /** The shape of a statement, until the next one is asked for. */
    public Shape shape(ByteBuf in, int sqlIndex, int sqlLength) {
        if (in.hasArray()) {
            int from = in.arrayOffset() + sqlIndex;
            return shape(in.array(), from, from + sqlLength);
        }
        if (scratch.length < sqlLength) {
            scratch = new byte[Integer.highestOneBit(sqlLength) * 2];
        }
        in.getBytes(sqlIndex, scratch, 0, sqlLength);
        return shape(scratch, 0, sqlLength);
    }

    /** The shape of a statement, until the next one is asked for. */
    public Shape shape(byte[] sql, int from, int to) {
        shape.read(sql, from, to);
        return shape;
    }

    /** What statements mean that have been read before. */
    public MeaningCache<M> meanings() {
        return meanings;
    }

    /** Where a statement is counted. */
    public Figures figures(Shape statement) {
        return table.figures(statement);
    }

    /** Where the runs of a statement are counted that is prepared by this message. */
    public Row row(byte[] parse, int sqlFrom, int sqlLength) {
        int to = sqlFrom + sqlLength;
        return new Row(parse, sqlFrom, to, figures(shape(parse, sqlFrom, to)));
    }

    /** Where one run of it is counted now. */
    public Figures figures(Row row) {
        if (row.figures.isDismissed()) {
            row.figures = figures(shape(row.bytes, row.from, row.to));
        }
        return row.figures;
    }
}
