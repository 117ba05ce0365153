package io.shoestring.database.mysql;

import io.shoestring.database.mysql.TableComparison.Difference;
import io.shoestring.database.mysql.TableComparison.Result;
import io.shoestring.model.MemberName;

import java.util.List;
import java.util.stream.Collectors;

/** A comparison of rows in words. */
public final class ComparisonReport {
    private ComparisonReport() {}

    /** What was compared, and whether it is alike; one sentence. */
    public static String summary(Result result) {
        int differences = result.differences().size();
        return "%s of %s, with %s on %s: %s."
                .formatted(
                        count(result.tables(), "table"),
                        result.replicas().stream()
                                .map(MemberName::value)
                                .collect(Collectors.joining(", ")),
                        count(result.rows(), "row"),
                        result.primary(),
                        differences == 0
                                ? "all alike"
                                : count(differences, "part")
                                        + (differences == 1 ? " differs" : " differ"));
    }

    /** A sentence for each difference. */
    public static List<String> differences(Result result) {
        return result.differences().stream().map(each -> sentence(each, result)).toList();
    }

    private static String sentence(Difference each, Result result) {
        if (each.here() < 0) {
            return "%s has other columns on %s, or is not there: its rows were not compared."
                    .formatted(each.table(), each.replica());
        }
        return "%s on %s%s: %d there, %d on %s."
                .formatted(
                        each.table(),
                        each.replica(),
                        each.rows().isEmpty() ? "" : " where " + each.rows(),
                        each.here(),
                        each.there(),
                        result.primary());
    }

    private static String count(long number, String what) {
        return "%d %s%s".formatted(number, what, number == 1 ? "" : "s");
    }
}
