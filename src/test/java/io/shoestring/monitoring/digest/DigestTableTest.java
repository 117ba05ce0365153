package io.shoestring.monitoring.digest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.charset.StandardCharsets;
import java.util.List;

@Timeout(600)
@Tag("busy")
class DigestTableTest {
    @Test
    void statementsThatDifferOnlyInValuesShareARow() {
        DigestTable table = new DigestTable(Dialect.POSTGRESQL, 100);
        figures(table, "select 1").record(1_000_000, false, true, 50, 10);
        figures(table, "select 2").record(3_000_000, true, false, 70, 20);

        List<StatementFigures> merged = DigestTable.merged(List.of(table));

        assertThat(merged).hasSize(1);
        StatementFigures row = merged.getFirst();
        assertThat(row.count()).isEqualTo(2);
        assertThat(row.failures()).isEqualTo(1);
        assertThat(row.onReplica()).isEqualTo(1);
        assertThat(row.bytes()).isEqualTo(120);
        assertThat(row.totalMicros()).isEqualTo(4_000);
        assertThat(row.leastMicros()).isEqualTo(1_000);
        assertThat(row.meanMicros()).isEqualTo(2_000);
        assertThat(row.mostMicros()).isEqualTo(3_000);
        assertThat(row.firstSeen().toEpochMilli()).isEqualTo(10);
        assertThat(row.lastSeen().toEpochMilli()).isEqualTo(20);
    }

    @Test
    void severalLoopsAreAddedUpWorstFirst() {
        DigestTable one = new DigestTable(Dialect.POSTGRESQL, 100);
        DigestTable other = new DigestTable(Dialect.POSTGRESQL, 100);
        figures(one, "select a from t").record(1_000_000, false, false, 1, 1);
        figures(other, "select a from t").record(2_000_000, false, false, 1, 1);
        figures(other, "select b from t").record(9_000_000, false, false, 1, 1);

        assertThat(DigestTable.merged(List.of(one, other)))
                .extracting(row -> row.digest().text() + " " + row.totalMicros())
                .containsExactly("select b from t 9000", "select a from t 3000");
    }

    @Test
    void aMillionKindsStayWithinTheBoundAndNothingIsLost() {
        DigestTable table = new DigestTable(Dialect.POSTGRESQL, 500);
        for (int i = 0; i < 1_000_000; i++) {
            figures(table, "select c" + i + "x from t").record(1_000, false, false, 1, 1);
            if (i % 100 == 0) {
                figures(table, "select important from t").record(1_000_000, false, false, 1, 1);
            }
        }

        List<StatementFigures> merged = DigestTable.merged(List.of(table));

        assertThat(merged).hasSize(501);
        assertThat(merged.stream().mapToLong(StatementFigures::count).sum()).isEqualTo(1_010_000);
        assertThat(merged.getFirst().digest().text()).isEqualTo("select important from t");
        assertThat(merged.getFirst().count()).isEqualTo(10_000);
        assertThat(merged).extracting(StatementFigures::digest).contains(DigestTable.OTHERS);
    }

    private static Figures figures(DigestTable table, String sql) {
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        return table.figures(bytes, 0, bytes.length);
    }
}
