package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Who answered.
 *
 * @param version as PostgreSQL numbers it: 150018 is 15.18
 * @param configFile the main one, {@code postgresql.conf}
 * @param checksums whether data pages have one
 * @param adopted whether its settings are Shoestring's already
 * @param reached by which address it was reached
 * @param addressProblem why it was not reached by its node's address
 * @param ahead how far its machine's clock is ahead of this one's; may be wrong by half of {@code
 *     roundTrip}
 * @param roundTrip how long the shortest question took
 */
public record IdentityFacts(
        long systemIdentifier,
        int version,
        boolean replica,
        Path dataDirectory,
        Path configFile,
        boolean checksums,
        boolean adopted,
        Endpoint reached,
        Optional<String> addressProblem,
        Duration ahead,
        Duration roundTrip) {
    public IdentityFacts {
        requireNonNull(dataDirectory, "dataDirectory is null");
        requireNonNull(configFile, "configFile is null");
        requireNonNull(reached, "reached is null");
        requireNonNull(addressProblem, "addressProblem is null");
        requireNonNull(ahead, "ahead is null");
        requireNonNull(roundTrip, "roundTrip is null");
    }

    /** The first part of the version: 15. */
    public int major() {
        return version / 10_000;
    }

    /** As people write it: {@code 15.18}. */
    public String versionText() {
        return major() + "." + version % 10_000;
    }
}
