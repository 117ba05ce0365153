package io.shoestring.config;

import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.model.Protection;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What depends on a database's engine: who may speak to it, and what it cannot do. */
final class EngineChecks {
    private final Fields root;
    private static final Duration LEAST_LOSS = Duration.ofSeconds(5);

    private final Problems problems;

    EngineChecks(Fields root, Problems problems) {
        this.root = root;
        this.problems = problems;
    }

    void run() {
        Fields databases = root.table(Keys.DATABASES);
        databases.names().stream()
                .filter(name -> engine(databases.child(name)).equals(Optional.of(Engine.MARIADB)))
                .forEach(name -> checkMariaDb(name, databases.child(name)));
        databases.names().forEach(name -> checkMaximum(name, databases.child(name)));
        databases.names().forEach(name -> checkLossLimit(databases.child(name)));
        databases.names().forEach(name -> checkTopology(name, databases.child(name)));
        databases.names().forEach(name -> checkComparison(databases.child(name)));
        observed(root).forEach(name -> checkObserved(name, databases.child(name)));
        Fields listeners = root.table(Keys.LISTENERS);
        for (String name : listeners.names()) {
            Fields listener = listeners.child(name);
            listener.value(Keys.PROTOCOL)
                    .ifPresent(protocol -> checkListener(listener, protocol.value()));
        }
    }

    /** The databases that are only observed. */
    static Set<String> observed(Fields root) {
        Fields databases = root.table(Keys.DATABASES);
        return databases.names().stream()
                .filter(name -> isObserved(databases.child(name)))
                .collect(Collectors.toSet());
    }

    private static boolean isObserved(Fields database) {
        return database.value(Keys.MANAGE).filter(manage -> !manage.value()).isPresent();
    }

    /** Nothing is done to its members, and no machine of the cluster is the primary's. */
    private void checkObserved(String name, Fields database) {
        if (engine(database).equals(Optional.of(Engine.MARIADB))) {
            problems.add(
                    database.spot().child(Keys.MANAGE.name()),
                    "can be no only for databases whose engine is postgresql",
                    Optional.of("a mysql listener with `servers` follows others"));
        }
        for (Key key :
                List.of(
                        Keys.PROTECTION,
                        LossLimitKeys.LOSS_LIMIT,
                        Keys.TOPOLOGY,
                        Keys.COMPARE_ROWS,
                        Keys.PROGRAMS,
                        Keys.CLONE_RATE)) {
            if (database.names().contains(key.name())) {
                problems.add(
                        database.spot().child(key.name()),
                        "is for databases that are managed",
                        Optional.of("leave it out"));
            }
        }
        Fields addresses = root.table(Keys.ADDRESSES);
        for (String address : addresses.names()) {
            addresses
                    .child(address)
                    .value(Keys.FOLLOWS)
                    .filter(
                            follows ->
                                    AddressChecks.database(follows.value())
                                            .filter(followed -> followed.value().equals(name))
                                            .isPresent())
                    .ifPresent(
                            follows ->
                                    problems.add(
                                            follows.spot(),
                                            "database "
                                                    + name
                                                    + " is only observed (manage: no), so no"
                                                    + " address can follow it",
                                            Optional.of("let it follow a listener")));
        }
    }

    private static Optional<Engine> engine(Fields database) {
        return database.value(Keys.ENGINE).map(Placed::value);
    }

    /** Who is alone could never answer a commit. */
    private void checkMaximum(String name, Fields database) {
        int successors = successors(name).size();
        database.value(Keys.PROTECTION)
                .filter(each -> each.value() == Protection.MAXIMUM && successors < 2)
                .ifPresent(
                        each ->
                                problems.add(
                                        each.spot(),
                                        "maximum needs two members that may be promoted: while"
                                                + " there is no replica no commit is acknowledged",
                                        Optional.of("add a member, or use availability")));
    }

    private List<FoundMember> successors(String database) {
        return FoundMember.of(database, root).stream()
                .filter(member -> member.fields().value(Keys.DELAY).isEmpty())
                .filter(
                        member ->
                                member.fields()
                                        .value(Keys.PRIORITY)
                                        .filter(priority -> priority.value() > 0)
                                        .isPresent())
                .toList();
    }

    private void checkComparison(Fields database) {
        database.value(Keys.COMPARE_ROWS)
                .filter(_ -> engine(database).equals(Optional.of(Engine.POSTGRESQL)))
                .ifPresent(
                        each ->
                                problems.add(
                                        each.spot(),
                                        "is for databases whose engine is mariadb: what PostgreSQL"
                                                + " sends is pages, not statements or rows",
                                        Optional.of("leave it out")));
    }

    private void checkTopology(String name, Fields database) {
        Optional<Placed<DatabaseConfig.Topology>> mutual =
                database.value(Keys.TOPOLOGY)
                        .filter(each -> each.value() == DatabaseConfig.Topology.MUTUAL);
        if (mutual.isEmpty() || isObserved(database)) {
            return;
        }
        if (engine(database).equals(Optional.of(Engine.POSTGRESQL))) {
            problems.add(
                    mutual.get().spot(),
                    "mutual is for databases whose engine is mariadb",
                    Optional.of("leave it out"));
        } else if (successors(name).size() != 2) {
            problems.add(
                    mutual.get().spot(),
                    "mutual is between two members that may be promoted, and here are "
                            + successors(name).size(),
                    Optional.of("give all others priority 0, or use one-way"));
        }
    }

    private void checkLossLimit(Fields database) {
        String key = LossLimitKeys.LOSS_LIMIT.name();
        if (!database.names().contains(key) || isObserved(database)) {
            return;
        }
        database.value(Keys.PROTECTION)
                .filter(each -> each.value().isSynchronous())
                .ifPresent(
                        _ ->
                                problems.add(
                                        database.spot().child(key),
                                        "is for protection: performance; with any other nothing"
                                                + " that was acknowledged is lost",
                                        Optional.of("leave it out")));
        database.section(LossLimitKeys.LOSS_LIMIT)
                .value(LossLimitKeys.TIME)
                .filter(each -> each.value().compareTo(LEAST_LOSS) < 0)
                .ifPresent(
                        each ->
                                problems.add(
                                        each.spot(),
                                        "is too short: of a replica of an idle primary it is known"
                                                + " only every few seconds that it has everything",
                                        Optional.of("5s or more")));
    }

    private void checkMariaDb(String name, Fields database) {
        for (Key key :
                List.of(LossLimitKeys.LOSS_LIMIT, AuthQueryKeys.AUTH_QUERY, ServerTlsKeys.TLS)) {
            if (database.names().contains(key.name())) {
                problems.add(
                        database.spot().child(key.name()),
                        "is for databases whose engine is postgresql",
                        Optional.of("leave it out"));
            }
        }
        database.value(Keys.PROTECTION)
                .filter(each -> each.value() == Protection.MAXIMUM)
                .ifPresent(
                        each ->
                                problems.add(
                                        each.spot(),
                                        "maximum is for databases whose engine is postgresql",
                                        Optional.of("use availability")));
        List<FoundMember> successors = successors(name);
        boolean synchronous =
                database.value(Keys.PROTECTION)
                        .filter(each -> each.value().isSynchronous())
                        .isPresent();
        if (synchronous && successors.size() > 2) {
            problems.add(
                    successors.get(2).fields().spot(),
                    "is a third member that may be promoted, and MariaDB does not say which"
                            + " replica has acknowledged a commit",
                    Optional.of("give it priority 0, or the database protection: performance"));
        }
    }

    private void checkListener(Fields listener, ListenerConfig.Protocol protocol) {
        switch (protocol) {
            case POSTGRESQL ->
                    listener.value(Keys.LISTENER_DATABASE)
                            .ifPresent(each -> checkSpoken(each, Engine.POSTGRESQL, "postgresql"));
            case MYSQL -> checkMysql(listener);
            case TCP, HTTP -> {}
        }
    }

    private void checkMysql(Fields listener) {
        Optional<Placed<String>> database = listener.value(MysqlKeys.DATABASE);
        database.ifPresent(each -> checkSpoken(each, Engine.MARIADB, "mysql"));
        boolean named = listener.names().contains(MysqlKeys.DATABASE.name());
        Stream.of(MysqlKeys.SERVERS, MysqlKeys.ACCOUNT)
                .filter(key -> listener.names().contains(key.name()) == named)
                .forEach(
                        key ->
                                problems.add(
                                        named ? listener.spot().child(key.name()) : listener.spot(),
                                        named
                                                ? "is said by `database` already"
                                                : "has neither "
                                                        + key.name()
                                                        + " nor a database; expected one of them",
                                        named
                                                ? Optional.of("leave one of them out")
                                                : Optional.empty()));
    }

    private void checkSpoken(Placed<String> reference, Engine engine, String protocol) {
        Fields databases = root.table(Keys.DATABASES);
        if (!databases.names().contains(reference.value())) {
            return;
        }
        engine(databases.child(reference.value()))
                .filter(each -> each != engine)
                .ifPresent(
                        each ->
                                problems.add(
                                        reference.spot(),
                                        "the members of database %s do not speak %s"
                                                .formatted(
                                                        Quoted.text(reference.value()), protocol)));
    }
}
