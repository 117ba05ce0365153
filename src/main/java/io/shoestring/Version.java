package io.shoestring;

import java.util.Optional;

/** What this program calls itself. */
final class Version {
    private Version() {}

    /** The version in the archive's manifest; {@code development} when it runs from class files. */
    static String text() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("development");
    }
}
