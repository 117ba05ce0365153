package io.shoestring.database.postgresql;

import io.shoestring.model.Lsn;

/** How a server's write-ahead log is laid out: pages with short headers in segments. */
record LogLayout(long pageBytes, long segmentBytes) {
    /** What a server has that was not built or initialised in another way. */
    static final LogLayout USUAL = new LogLayout(8192, 16L << 20);

    private static final int PAGE_HEADER_BYTES = 24;
    private static final int SEGMENT_HEADER_BYTES = 40;

    /**
     * PostgreSQL's insert position stands behind the header of a page that has nothing else yet.
     * The end of the last record is before that header; no replica gets further until there is
     * another record.
     */
    Lsn endOfLastRecord(Lsn insertPosition) {
        long value = insertPosition.value();
        long inSegment = Long.remainderUnsigned(value, segmentBytes);
        if (inSegment == SEGMENT_HEADER_BYTES) {
            return new Lsn(value - SEGMENT_HEADER_BYTES);
        }
        boolean behindPageHeader =
                inSegment >= pageBytes
                        && Long.remainderUnsigned(value, pageBytes) == PAGE_HEADER_BYTES;
        return behindPageHeader ? new Lsn(value - PAGE_HEADER_BYTES) : insertPosition;
    }
}
