package io.shoestring.sandbox.fault;

import java.util.List;

/** The results as a page of the documents. */
final class FaultTable {
    private FaultTable() {}

    static String of(List<FaultResult> results) {
        StringBuilder text =
                new StringBuilder(
                        """
                        # Faults, promises, and what came of them

                        Written by `shoestring fault --all --engine both --times 3 --table docs/faults.md`: three
                        machines (network namespaces with real processes and real servers), a bank's
                        clients on a fourth, protection `availability`. `shoestring fault list` says
                        what each fault is.

                        | engine | fault | kept | writes back after | old primary refused after | lost | twice | note |
                        |---|---|---|---|---|---|---|---|
                        """);
        for (FaultResult result : results) {
            text.append(
                    "| %s | %s | %s | %,d ms | %s | %d | %d | %s |\n"
                            .formatted(
                                    result.engine(),
                                    result.name(),
                                    result.kept() ? "yes" : "**no**",
                                    result.writerBackMs(),
                                    result.fenceMs().isPresent()
                                            ? "%,d ms".formatted(result.fenceMs().getAsLong())
                                            : "",
                                    result.lost(),
                                    result.duplicated(),
                                    result.note().lines().findFirst().orElse("")));
        }
        return text.toString();
    }
}
