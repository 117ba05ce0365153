package io.shoestring.database.postgresql;

import java.util.List;
import java.util.regex.Pattern;

/** What a server that would not start said, in the C locale. */
final class StartupComplaint {
    /** A copy of the primary's data would not start either. */
    private static final Pattern ENVIRONMENT =
            Pattern.compile(
                    "could not create any TCP/IP sockets|could not bind|Address already in use"
                            + "|configuration file .* contains errors|could not open configuration"
                            + "|unrecognized configuration parameter|invalid value for parameter"
                            + "|could not load library|could not access file"
                            + "|insufficient parameter settings|could not create shared memory"
                            + "|could not map anonymous shared memory|lock file .* already exists"
                            + "|pre-existing shared memory|No space left on device"
                            + "|has wrong ownership|has invalid permissions|Permission denied"
                            + "|database files are incompatible with server"
                            + "|cannot be executed by \"root\"|could not load .*(pg_hba|pg_ident)");

    private StartupComplaint() {}

    /** Whether the reason lies outside of the data. */
    static boolean isEnvironment(List<String> lines) {
        return lines.stream().anyMatch(line -> ENVIRONMENT.matcher(line).find());
    }
}
