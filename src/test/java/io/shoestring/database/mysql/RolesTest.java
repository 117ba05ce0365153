package io.shoestring.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.database.mysql.Roles.Look;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;

/** Who is the primary, by what the servers say. */
class RolesTest {
    private static final Look WRITES = new Look.Answered(true);
    private static final Look READS = new Look.Answered(false);
    private static final Look SILENT = new Look.Silent("connection refused");

    private static Roles.Decision decide(String incumbent, Look db0, Look db1) {
        return Roles.decide(
                Optional.of(incumbent).filter(name -> !name.isEmpty()),
                Map.of("db0", db0, "db1", db1));
    }

    @Test
    void whoAloneTakesWritesIsThePrimary() {
        assertThat(decide("", WRITES, READS).primary()).hasValue("db0");
        assertThat(decide("db0", READS, WRITES).primary()).hasValue("db1");
        assertThat(decide("db0", SILENT, WRITES).primary()).hasValue("db1");
    }

    @Test
    void aSilentPrimaryStaysUntilAnotherTakesWrites() {
        var decision = decide("db0", SILENT, READS);
        assertThat(decision.primary()).hasValue("db0");
        assertThat(decision.reason())
                .isEqualTo("db0 does not answer (connection refused), and no other takes writes.");
    }

    @Test
    void whoComesBackWritableGetsNothing() {
        var decision = decide("db1", WRITES, WRITES);
        assertThat(decision.primary()).hasValue("db1");
        assertThat(decision.reason()).contains("db0 would take writes too");
    }

    @Test
    void ofTwoThatTakeWritesNeitherIsThePrimary() {
        assertThat(decide("", WRITES, WRITES).primary()).isEmpty();
        assertThat(decide("", WRITES, WRITES).reason()).startsWith("db0 and db1 take writes");
    }

    @Test
    void aPrimaryThatBecameReadOnlyIsNone() {
        var decision = decide("db0", READS, SILENT);
        assertThat(decision.primary()).isEmpty();
        assertThat(decision.reason())
                .isEqualTo(
                        "No server takes writes: db0 is read-only, db1 does not answer (connection"
                                + " refused).");
    }
}
