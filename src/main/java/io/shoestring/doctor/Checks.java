package io.shoestring.doctor;

import io.shoestring.doctor.facts.Facts;

import java.util.List;

/** The table of all checks. */
final class Checks {
    static final List<Check> POSTGRESQL =
            joined(
                    List.of(
                            ReplicationChecks.ALL,
                            PairChecks.ALL,
                            SettingChecks.ALL,
                            AccessChecks.ALL,
                            ContentChecks.ALL,
                            MachineChecks.ALL));

    static final List<Check> MARIADB =
            joined(
                    List.of(
                            MariaDbReplicationChecks.ALL,
                            MariaDbPairChecks.ALL,
                            MariaDbSettingChecks.ALL,
                            MariaDbContentChecks.ALL));

    static final List<Check> ALL = joined(List.of(POSTGRESQL, MARIADB, NodeChecks.ALL));

    private Checks() {}

    /** Those of the engines that there are. */
    static List<Check> of(Facts facts) {
        boolean onlyMariaDb = facts.databases().isEmpty() && !facts.mariadb().isEmpty();
        return joined(
                List.of(
                        onlyMariaDb ? List.of() : POSTGRESQL,
                        facts.mariadb().isEmpty() ? List.of() : MARIADB,
                        NodeChecks.ALL));
    }

    private static List<Check> joined(List<List<Check>> tables) {
        return tables.stream().flatMap(List::stream).toList();
    }
}
