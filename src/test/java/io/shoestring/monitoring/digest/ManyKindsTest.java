package io.shoestring.monitoring.digest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A million kinds take the memory of a few hundred, and none of their runs is lost. */
@Tag("busy")
class ManyKindsTest {
    private static final int KINDS = Integer.getInteger("shoestring.kinds", 250_000);
    private static final int ROWS_MAX = 500;

    /** 500 rows of 1.4 KB, and as many as 2,048 in the cache that had to make room. */
    private static final long BYTES_MAX = 4_000_000;

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void statements(Dialect dialect) {
        fill(new DigestTable(dialect, ROWS_MAX), "select c%s_x from t%s_y where i=%s");
    }

    @Test
    void urls() {
        fill(DigestTable.ofUrls(ROWS_MAX), "GET /shop/a%sx/b%sy?%s");
    }

    private static void fill(DigestTable table, String pattern) {
        long before = usedBytes();
        for (int i = 0; i < KINDS; i++) {
            // Letters only: numbers would be taken for values.
            String name = letters(i);
            byte[] text = pattern.formatted(name, name, i).getBytes(StandardCharsets.US_ASCII);
            table.figures(text, 0, text.length).record(1_000L * (i % 977), false, false, 10, i);
        }
        List<StatementFigures> all = DigestTable.merged(List.of(table));
        assertThat(all).hasSize(ROWS_MAX + 1);
        assertThat(all.stream().mapToLong(StatementFigures::count).sum()).isEqualTo(KINDS);
        assertThat(all).anyMatch(it -> it.digest().equals(DigestTable.OTHERS));
        assertThat(usedBytes() - before).isLessThan(BYTES_MAX);
        // It was in use until here.
        assertThat(table.requests().count()).isEqualTo(KINDS);
    }

    private static String letters(int number) {
        StringBuilder letters = new StringBuilder();
        for (int rest = number + 26; rest > 0; rest /= 20) {
            letters.append((char) ('g' + rest % 20));
        }
        return letters.toString();
    }

    private static long usedBytes() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
