package io.shoestring.doctor.facts;

import io.shoestring.base.Clock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.mysql.MariaDbInspection;
import io.shoestring.database.mysql.MariaDbInspection.Refusal;
import io.shoestring.database.mysql.SettingsFiles;
import io.shoestring.doctor.facts.MariaDbFacts.Disk;
import io.shoestring.doctor.facts.MariaDbFacts.Server;
import io.shoestring.doctor.facts.ServerFacts.Kind;
import io.shoestring.doctor.facts.ServerFacts.Problem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/** Asks one MariaDB server everything, and looks at its disk. */
final class MariaDbSurvey {
    private static final Logger LOG = LoggerFactory.getLogger(MariaDbSurvey.class);

    private final DatabaseConfig database;
    private final Clock clock;

    MariaDbSurvey(DatabaseConfig database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    Server ask(DatabaseConfig.Member member, String address, boolean here, Optional<Disk> disk) {
        try {
            return new Server(
                    member,
                    address,
                    Optional.of(
                            new MariaDbInspection(database, member, address, here, clock).ask()),
                    Optional.empty(),
                    disk);
        } catch (Refusal e) {
            LOG.debug("Member {} could not be asked", member.name(), e);
            return new Server(
                    member,
                    address,
                    Optional.empty(),
                    Optional.of(new Problem(kind(e.reason()), e.sentence())),
                    disk);
        }
    }

    private static Kind kind(MariaDbInspection.Reason reason) {
        return switch (reason) {
            case SILENT -> Kind.SILENT;
            case REFUSED -> Kind.REFUSED;
            case NO_RIGHTS -> Kind.NO_RIGHTS;
            case ANOTHER -> Kind.ANOTHER;
        };
    }

    Disk look(DatabaseConfig.Member member) throws IOException {
        Path data = DiskSurvey.nearest(member.data());
        FileStore store = Files.getFileStore(data);
        return new Disk(
                DiskSurvey.isEmpty(member.data()),
                store.getTotalSpace(),
                store.getUsableSpace(),
                DiskSurvey.device(data),
                PosixFilePermissions.toString(Files.getPosixFilePermissions(data)),
                new DiskSurvey(clock).flush(data, data),
                options(member));
    }

    private Optional<List<String>> options(DatabaseConfig.Member member) {
        try {
            return Optional.of(SettingsFiles.options(database.programs(), member.configFile()));
        } catch (DatabaseException e) {
            LOG.debug("{}", e.sentence());
            return Optional.empty();
        }
    }
}
