package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import io.shoestring.base.Clock;
import io.shoestring.base.WallClock;
import io.shoestring.config.DatabaseConfig;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.database.DatabaseException;
import io.shoestring.doctor.facts.Facts.Gap;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.NodeName;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gathers the facts: asks every configured server over the network, and looks at the files of those
 * on this machine. Changes nothing.
 */
public final class Survey {
    private final ShoestringConfig config;
    private final Clock clock;
    private final WallClock wallClock;
    private final List<Gap> gaps;

    /**
     * Asks nobody yet.
     *
     * @param gaps what is known already not to be seen
     */
    public Survey(ShoestringConfig config, Clock clock, WallClock wallClock, List<Gap> gaps) {
        this.config = requireNonNull(config, "config is null");
        this.clock = requireNonNull(clock, "clock is null");
        this.wallClock = requireNonNull(wallClock, "wallClock is null");
        this.gaps = new ArrayList<>(gaps);
    }

    /**
     * Gathers; takes about a second, and a few seconds for each server that does not answer.
     *
     * @param status of the running node, if one runs on this machine
     */
    public Facts gather(Optional<ClusterStatus> status) {
        List<DatabaseFacts> databases =
                config.databases().values().stream()
                        .filter(each -> each.engine() == DatabaseConfig.Engine.POSTGRESQL)
                        .map(this::database)
                        .toList();
        List<MariaDbFacts> mariadb =
                config.databases().values().stream()
                        .filter(each -> each.engine() == DatabaseConfig.Engine.MARIADB)
                        .map(this::mariadb)
                        .toList();
        NodeFacts node = new NodeSurvey(wallClock, gaps).look(config, status);
        return new Facts(databases, mariadb, node, gaps);
    }

    private MariaDbFacts mariadb(DatabaseConfig database) {
        return new MariaDbFacts(
                database,
                database.members().values().stream()
                        .map(member -> mariadb(database, member))
                        .toList());
    }

    private MariaDbFacts.Server mariadb(DatabaseConfig database, DatabaseConfig.Member member) {
        String address = address(member);
        boolean here = isHere(address);
        MariaDbSurvey survey = new MariaDbSurvey(database, clock);
        Optional<MariaDbFacts.Disk> disk =
                here ? look(member, () -> survey.look(member)) : Optional.empty();
        return survey.ask(member, address, here, disk);
    }

    private String address(DatabaseConfig.Member member) {
        Map<NodeName, String> nodes = config.cluster().nodes();
        return requireNonNull(nodes.get(member.node()), "unknown node");
    }

    private DatabaseFacts database(DatabaseConfig database) {
        return new DatabaseFacts(
                database,
                database.members().values().stream()
                        .map(member -> server(database, member))
                        .toList());
    }

    private ServerFacts server(DatabaseConfig database, DatabaseConfig.Member member) {
        String address = address(member);
        boolean here = isHere(address);
        Optional<DiskFacts> disk = here ? disk(database, member) : Optional.empty();
        return new ServerSurvey(database, member, address, here, clock, wallClock).ask(disk);
    }

    private Optional<DiskFacts> disk(DatabaseConfig database, DatabaseConfig.Member member) {
        return look(member, () -> new DiskSurvey(clock).look(database, member));
    }

    /** Looks at a disk. */
    @FunctionalInterface
    private interface Look<T> {
        T at() throws IOException, DatabaseException;
    }

    private <T> Optional<T> look(DatabaseConfig.Member member, Look<T> look) {
        try {
            return Optional.of(look.at());
        } catch (IOException | DatabaseException e) {
            gaps.add(
                    new Gap(
                            member.name().value(),
                            "the data directory " + member.data(),
                            String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    /** Whether the address is one of this machine's. */
    private static boolean isHere(String address) {
        try {
            InetAddress found = InetAddress.getByName(address);
            return found.isLoopbackAddress() || NetworkInterface.getByInetAddress(found) != null;
        } catch (IOException e) {
            return false;
        }
    }
}
