package io.shoestring.doctor;

import java.util.List;
import java.util.stream.Stream;

/** The table of all checks. */
final class Checks {
    static final List<Check> ALL =
            Stream.of(
                            ReplicationChecks.ALL,
                            PairChecks.ALL,
                            SettingChecks.ALL,
                            AccessChecks.ALL,
                            ContentChecks.ALL,
                            MachineChecks.ALL,
                            NodeChecks.ALL)
                    .flatMap(List::stream)
                    .toList();

    private Checks() {}
}
