package io.shoestring.proxy.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.proxy.source.RateTable.Used;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How often a key may be used, on one node and on several. */
class RateTableTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long KEY = 7;

    private static int used(RateTable table, int attempts, long now) {
        int used = 0;
        for (int i = 0; i < attempts; i++) {
            used += table.use(KEY, now) == 0 ? 1 : 0;
        }
        return used;
    }

    @Test
    void allAtOnceAndThenEvenly() {
        var table = new RateTable(10, 10 * SECOND);
        assertThat(used(table, 100, 0)).isEqualTo(10);
        assertThat(used(table, 100, SECOND - 1)).isZero();
        assertThat(used(table, 100, SECOND)).isEqualTo(1);
        assertThat(used(table, 100, 20 * SECOND)).isEqualTo(10);
        assertThat(table.takeUntold(0, 10)).isEmpty();
    }

    @Test
    void othersAreToldOnceOfThoseWhoUseMuch() {
        var table = new RateTable(100, 100 * SECOND, true);
        assertThat(used(table, 5, 0)).isEqualTo(5);
        assertThat(table.takeUntold(0, 10)).isEmpty();
        assertThat(used(table, 15, SECOND)).isEqualTo(15);
        assertThat(table.takeUntold(SECOND, 10)).containsExactly(new Used(KEY, 20));
        assertThat(table.takeUntold(SECOND, 10)).isEmpty();
        assertThat(used(table, 1, SECOND)).isEqualTo(1);
        // By then it has been used as if it had not.
        assertThat(table.takeUntold(200 * SECOND, 10)).isEmpty();
        assertThat(used(table, 20, 200 * SECOND)).isEqualTo(20);
        assertThat(table.takeUntold(200 * SECOND, 10)).containsExactly(new Used(KEY, 20));
    }

    @Test
    void manyAreToldInTurns() {
        var table = new RateTable(1, 100 * SECOND, true);
        for (long key = 0; key < 10; key++) {
            assertThat(table.use(key, 0)).isZero();
        }
        List<Used> told = new ArrayList<>(table.takeUntold(0, 4));
        assertThat(told).hasSize(4);
        told.addAll(table.takeUntold(0, 4));
        told.addAll(table.takeUntold(0, 4));
        assertThat(told).extracting(Used::key).doesNotHaveDuplicates().hasSize(10);
    }

    /** Whoever asks as often as it can at each of three nodes gets what one node would give it. */
    @Test
    void threeNodesTogetherAllowWhatOneWould() {
        List<RateTable> nodes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            nodes.add(new RateTable(100, 10 * SECOND, true));
        }
        long used = 0;
        long ticks = 2_000;
        for (long tick = 0; tick < ticks; tick++) {
            long now = tick * SECOND / 10;
            for (RateTable node : nodes) {
                used += used(node, 10, now);
            }
            if (tick % 5 == 0) {
                exchange(nodes, now);
            }
        }
        double allowed = 100 + ticks / 10.0 * 10;
        assertThat(used / allowed).isBetween(0.95, 1.15);
    }

    private static void exchange(List<RateTable> nodes, long now) {
        for (RateTable from : nodes) {
            List<Used> news = from.takeUntold(now, 100);
            nodes.stream()
                    .filter(to -> !to.equals(from))
                    .forEach(to -> news.forEach(each -> to.usedElsewhere(each, now)));
        }
    }

    /** Nonsense from another node, or far too much, ends within two windows. */
    @Test
    void whatOthersAllowedIsForgottenInTime() {
        var table = new RateTable(10, 10 * SECOND, true);
        table.usedElsewhere(new Used(KEY, Integer.MAX_VALUE), 0);
        table.usedElsewhere(new Used(KEY, Integer.MAX_VALUE), 0);
        table.usedElsewhere(new Used(KEY, -5), 0);
        assertThat(used(table, 1, 10 * SECOND)).isZero();
        assertThat(used(table, 1, 12 * SECOND)).isEqualTo(1);
    }
}
