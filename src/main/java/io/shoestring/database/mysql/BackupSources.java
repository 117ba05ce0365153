package io.shoestring.database.mysql;

import io.shoestring.model.MemberName;

import java.util.Optional;

/** Finds the members of one database that may be asked for their data. */
@FunctionalInterface
public interface BackupSources {
    /** That member's agent; empty if there is no way to it. */
    Optional<BackupSource> find(MemberName member);
}
