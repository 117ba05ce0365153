package io.shoestring.doctor;

import io.shoestring.doctor.facts.Facts;

import java.util.List;
import java.util.stream.Stream;

/** The table of all checks. */
final class Checks {
    static final List<Check> POSTGRESQL =
            joined(
                    ReplicationChecks.ALL,
                    PairChecks.ALL,
                    SettingChecks.ALL,
                    AccessChecks.ALL,
                    ContentChecks.ALL,
                    MachineChecks.ALL);

    static final List<Check> MARIADB =
            joined(
                    MariaDbReplicationChecks.ALL,
                    MariaDbPairChecks.ALL,
                    MariaDbSettingChecks.ALL,
                    MariaDbContentChecks.ALL);

    static final List<Check> ALL = joined(POSTGRESQL, MARIADB, NodeChecks.ALL);

    private Checks() {}

    /** Those of the engines that there are. */
    static List<Check> of(Facts facts) {
        boolean onlyMariaDb = facts.databases().isEmpty() && !facts.mariadb().isEmpty();
        return joined(
                onlyMariaDb ? List.of() : POSTGRESQL,
                facts.mariadb().isEmpty() ? List.of() : MARIADB,
                NodeChecks.ALL);
    }

    @SafeVarargs
    private static List<Check> joined(List<Check>... tables) {
        return Stream.of(tables).flatMap(List::stream).toList();
    }
}
