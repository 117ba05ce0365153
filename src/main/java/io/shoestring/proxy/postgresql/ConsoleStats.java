package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;

import java.util.List;
import java.util.stream.Stream;

/**
 * The statistics of the console, in PgBouncer's columns and units: what is counted is counted for
 * each database of ours that the listener leads to. Times are in microseconds.
 */
final class ConsoleStats {
    private static final String AVERAGES =
            "avg_xact_count,avg_query_count,avg_recv,avg_sent,avg_xact_time,avg_query_time,"
                    + "avg_wait_time";

    private ConsoleStats() {}

    /** {@code SHOW STATS}. */
    static void all(ByteBuf out, Entrance listener) {
        ConsoleTables.columns(
                out,
                "database,total_xact_count,total_query_count,total_received,total_sent,"
                        + "total_xact_time,total_query_time,total_wait_time,"
                        + AVERAGES
                        + ",transactions_replayed,commits_proven");
        for (ListenerContext each : listener.contexts()) {
            Totals now = Totals.of(each);
            List<Object> averages = averages(each.period().upTo(now));
            row(out, each, Stream.of(sums(now), averages, proofs(now)));
        }
    }

    /** {@code SHOW STATS_TOTALS}. */
    static void totals(ByteBuf out, Entrance listener) {
        ConsoleTables.columns(
                out,
                "database,xact_count,query_count,bytes_received,bytes_sent,xact_time,query_time,"
                        + "wait_time,transactions_replayed,commits_proven");
        for (ListenerContext each : listener.contexts()) {
            Totals now = Totals.of(each);
            row(out, each, Stream.of(sums(now), proofs(now)));
        }
    }

    /** {@code SHOW STATS_AVERAGES}. */
    static void averages(ByteBuf out, Entrance listener) {
        ConsoleTables.columns(
                out,
                "database,xact_count,query_count,bytes_received,bytes_sent,xact_time,query_time,"
                        + "wait_time");
        for (ListenerContext each : listener.contexts()) {
            Totals period = each.period().upTo(Totals.of(each));
            row(out, each, Stream.of(averages(period)));
        }
    }

    private static void row(ByteBuf out, ListenerContext listener, Stream<List<Object>> parts) {
        Stream<Object> values = parts.flatMap(List::stream);
        ConsoleTables.row(
                out,
                Stream.concat(Stream.of(listener.database().value()), values)
                        .toArray(Object[]::new));
    }

    private static List<Object> sums(Totals now) {
        return List.of(
                now.transactions(),
                now.requests(),
                now.bytesIn(),
                now.bytesOut(),
                now.transactionMicros(),
                now.requestMicros(),
                now.waitedMicros());
    }

    private static List<Object> averages(Totals period) {
        return List.of(
                period.perSecond(period.transactions()),
                period.perSecond(period.requests()),
                period.perSecond(period.bytesIn()),
                period.perSecond(period.bytesOut()),
                Totals.each(period.transactionMicros(), period.transactions()),
                Totals.each(period.requestMicros(), period.requests()),
                period.perSecond(period.waitedMicros()));
    }

    private static List<Object> proofs(Totals now) {
        return List.of(now.replayed(), now.proven());
    }
}
