package io.shoestring.database.mysql;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a MariaDB server says of itself: tables of its own, as they were at one moment.
 *
 * @param version {@code 10.11.19-MariaDB-…}
 * @param reached by which address it was reached
 * @param addressProblem why it was not reached by its node's address
 * @param variables global ones, by their names in small letters
 * @param status counters, by their names in small letters
 * @param sources whom it follows; the one without a name first
 * @param standstill why it cannot even be asked whom it follows
 * @param tables of users, only those of which something is to be said, at most {@link #ROWS_MAX}
 * @param events at most {@link #ROWS_MAX}
 * @param prepared the names of transactions that were prepared and not ended ({@code XA})
 */
public record MariaDbAnswers(
        String version,
        Endpoint reached,
        Optional<String> addressProblem,
        Map<String, String> variables,
        Map<String, String> status,
        List<ReplicationSource> sources,
        Optional<ReplicationTrouble> standstill,
        List<Account> accounts,
        List<Table> tables,
        List<Event> events,
        List<String> prepared) {
    /** Of each list no more is asked for. */
    public static final int ROWS_MAX = 1_000;

    public MariaDbAnswers {
        requireNonNull(version, "version is null");
        requireNonNull(reached, "reached is null");
        requireNonNull(addressProblem, "addressProblem is null");
        variables = Map.copyOf(variables);
        status = Map.copyOf(status);
        sources = List.copyOf(sources);
        requireNonNull(standstill, "standstill is null");
        accounts = List.copyOf(accounts);
        tables = List.copyOf(tables);
        events = List.copyOf(events);
        prepared = List.copyOf(prepared);
    }

    /**
     * Somebody who may log in.
     *
     * @param host from where, as the server has it: {@code %}, {@code 10.0.0.%}, …
     * @param method of the log-in: {@code mysql_native_password}, …
     * @param proof whether a password, or the operating system's account, is asked for
     * @param socket whether only the machine's own account of that name gets in
     * @param privileges {@code SUPER}, {@code READ_ONLY ADMIN}, …
     */
    public record Account(
            String user,
            String host,
            String method,
            boolean proof,
            boolean socket,
            boolean locked,
            Set<String> privileges) {
        public Account {
            requireNonNull(user, "user is null");
            requireNonNull(host, "host is null");
            requireNonNull(method, "method is null");
            privileges = Set.copyOf(privileges);
        }

        /** As SQL has it. */
        public String quoted() {
            return MariaDbServer.quoted(user) + "@" + MariaDbServer.quoted(host);
        }
    }

    /**
     * A table of users.
     *
     * @param name {@code shop.items}
     * @param keyless whether it is InnoDB's and has no key that tells its rows apart
     */
    public record Table(String name, String engine, boolean keyless) {
        public Table {
            requireNonNull(name, "name is null");
            requireNonNull(engine, "engine is null");
        }
    }

    /**
     * A statement that the server runs by itself.
     *
     * @param status {@code ENABLED}, {@code DISABLED}, {@code SLAVESIDE_DISABLED}
     */
    public record Event(String name, String status) {
        public Event {
            requireNonNull(name, "name is null");
            requireNonNull(status, "status is null");
        }
    }

    /** The value; empty text if there is no such variable. */
    public String variable(String name) {
        return variables.getOrDefault(name, "");
    }

    /** Whether it is {@code ON} or 1. */
    public boolean isOn(String name) {
        return variable(name).equals("ON") || variable(name).equals("1");
    }

    /** The number; 0 if it is none. */
    public long number(String name) {
        return number(variables, name);
    }

    /** The counter; 0 if there is none. */
    public long counter(String name) {
        return number(status, name);
    }

    private static long number(Map<String, String> from, String name) {
        String value = from.getOrDefault(name, "");
        return value.matches("\\d{1,18}") ? Long.parseLong(value) : 0;
    }

    /** Whom it follows; empty if it follows nobody. */
    public Optional<ReplicationSource> source() {
        return sources.stream().filter(source -> source.name().isEmpty()).findFirst();
    }

    /**
     * The transactions in its log that are not in another's, as {@code 0-1-104}.
     *
     * @throws MysqlException if one of the positions is not understood
     */
    public List<String> onlyHere(MariaDbAnswers other) throws MysqlException {
        return GtidState.parse(variable("gtid_binlog_state"))
                .missingFrom(GtidState.parse(other.variable("gtid_binlog_state")));
    }

    /** The user by which a member follows another. */
    public static String replicationUser(String member) {
        return MariaDbServer.replicationUser(new MemberName(member));
    }
}
