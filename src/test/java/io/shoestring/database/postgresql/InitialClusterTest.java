package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

@Timeout(60)
class InitialClusterTest {
    @Test
    void makesAClusterWithChecksumsThatOnlyItsOwnerMayRead() throws Exception {
        try (TestDirectory directory = new TestDirectory()) {
            Path data = directory.path().resolve("deep/a");

            InitialCluster.create(data, "boss", "se'cret", 5999, ProgramsFinder.newest());

            assertThat(data.resolve("global/pg_control")).exists();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                    .isEqualTo("rwx------");
            assertThat(Files.getOwner(data)).isEqualTo(Files.getOwner(directory.path()));
            assertThat(data.resolve("postgresql.conf")).content().contains("port = 5999");
            assertThat(ProgramsFinder.find(data, Optional.empty()))
                    .isEqualTo(ProgramsFinder.newest());
        }
    }

    @Test
    void refusesADirectoryThatHasSomethingInIt() throws Exception {
        try (TestDirectory directory = new TestDirectory()) {
            Path data = Files.createDirectory(directory.path().resolve("a"));
            Account.ownerOf(directory.path()).give(data);
            Files.writeString(data.resolve("precious"), "data");

            assertThatThrownBy(
                            () ->
                                    InitialCluster.create(
                                            data, "boss", "x", 5999, ProgramsFinder.newest()))
                    .isInstanceOf(DatabaseException.class)
                    .hasMessageContaining("exists but is not empty");
            assertThat(data.resolve("precious")).hasContent("data");
        }
    }

    @Test
    void namesThePackageWhoseProgramsAreMissing() throws Exception {
        try (TestDirectory directory = new TestDirectory()) {
            Files.writeString(directory.path().resolve("PG_VERSION"), "9876\n");

            assertThatThrownBy(() -> ProgramsFinder.find(directory.path(), Optional.empty()))
                    .isInstanceOf(DatabaseException.class)
                    .hasMessageContaining("apt-get install postgresql-9876");
            assertThatThrownBy(
                            () -> ProgramsFinder.find(directory.path(), Optional.of(Path.of("/x"))))
                    .isInstanceOf(DatabaseException.class)
                    .hasMessageContaining("in /x");
        }
    }
}
