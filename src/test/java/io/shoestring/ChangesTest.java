package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.shoestring.Changes.Subject;
import io.shoestring.admin.api.ChangeList.Change;
import io.shoestring.admin.api.ChangeList.Level;
import io.shoestring.monitoring.history.KindHistory.Sum;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What became worst comes first. */
class ChangesTest {
    private static Subject statement(String name) {
        return new Subject("statement", "sql", name);
    }

    private static Level level(double perSecond, double failures, double micros) {
        return new Level(perSecond, failures, OptionalDouble.of(micros), OptionalDouble.empty());
    }

    @Test
    void whatCostsClientsMostIsFirstAndWhatSavesMostIsLast() {
        List<Change> changes =
                Changes.of(
                        Map.of(
                                statement("slower"), level(100, 0, 1_000),
                                statement("much slower, but rare"), level(0.1, 0, 1_000),
                                statement("fails"), level(10, 0, 1_000),
                                statement("same"), level(50, 0, 2_000),
                                statement("faster"), level(100, 0, 9_000),
                                statement("gone"), level(10, 0, 100_000)),
                        Map.of(
                                statement("slower"), level(100, 0, 3_000),
                                statement("much slower, but rare"), level(0.1, 0, 900_000),
                                statement("fails"), level(10, 5, 1_000),
                                statement("same"), level(52, 0, 2_050),
                                statement("faster"), level(100, 0, 1_000),
                                statement("new"), level(10, 0, 30_000)));
        assertThat(changes)
                .extracting(Change::name)
                .containsExactly(
                        "fails",
                        "new",
                        "slower",
                        "much slower, but rare",
                        "same",
                        "faster",
                        "gone");
        assertThat(changes)
                .extracting(Change::words)
                .containsExactly(
                        "50.0 % fail, before 0.0 %",
                        "new",
                        "3.0 times slower",
                        "900.0 times slower",
                        "as before",
                        "9.0 times faster",
                        "gone");
        // 100 in a second, each 2 ms slower.
        assertThat(changes.get(2).worseSeconds()).isEqualTo(0.2, within(1e-9));
    }

    @Test
    void moreOfTheSameIsNotWorse() {
        List<Change> changes =
                Changes.of(
                        Map.of(statement("a"), level(10, 1, 1_000)),
                        Map.of(statement("a"), level(40, 4, 1_000)));
        assertThat(changes.getFirst().worseSeconds()).isZero();
        assertThat(changes.getFirst().words()).isEqualTo("4.0 times more often");
    }

    @Test
    void whatAKindThatMadeRoomHadCountedIsNotWhatCameOfTheOthers() {
        String others = "statement\u001fsql\u001f<other>";
        String a = "statement\u001fsql\u001fa";
        String b = "statement\u001fsql\u001fb";
        Map<String, Sum> came =
                KindRecorder.since(
                        Map.of(a, new Sum(100, 1, 9_000), others, new Sum(5, 0, 50)),
                        Map.of(b, new Sum(7, 0, 70), others, new Sum(108, 1, 9_080)));
        assertThat(came)
                .containsEntry(b, new Sum(7, 0, 70))
                .containsEntry(others, new Sum(3, 0, 30));
        assertThat(came).doesNotContainKey(a);
    }
}
