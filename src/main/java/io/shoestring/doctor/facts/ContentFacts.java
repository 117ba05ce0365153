package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is in a server.
 *
 * @param collations by which version of which library text is sorted: {@code icu en-x-icu} to
 *     {@code 153.120}
 * @param available the extensions that could be created, with their default version
 * @param installed extensions, as {@code database/extension} to version; only asked of a primary
 * @param unlogged tables, as {@code database: schema.table}; only asked of a primary
 */
public record ContentFacts(
        List<DatabaseContent> databases,
        Map<String, String> collations,
        List<String> outdatedCollations,
        Map<String, String> available,
        Map<String, String> installed,
        List<String> unlogged,
        List<Tablespace> tablespaces,
        List<Transaction> transactions,
        List<Prepared> prepared) {
    public ContentFacts {
        databases = List.copyOf(databases);
        collations = Map.copyOf(collations);
        outdatedCollations = List.copyOf(outdatedCollations);
        available = Map.copyOf(available);
        installed = Map.copyOf(installed);
        unlogged = List.copyOf(unlogged);
        tablespaces = List.copyOf(tablespaces);
        transactions = List.copyOf(transactions);
        prepared = List.copyOf(prepared);
    }

    /**
     * A database in the server.
     *
     * @param age how many transactions ago it was frozen
     * @param multixactAge the same for multixacts
     */
    public record DatabaseContent(String name, long age, long multixactAge, long bytes) {
        public DatabaseContent {
            requireNonNull(name, "name is null");
        }
    }

    /** A tablespace outside of the data directory. */
    public record Tablespace(String name, String location) {
        public Tablespace {
            requireNonNull(name, "name is null");
            requireNonNull(location, "location is null");
        }
    }

    /** An open transaction of a client. */
    public record Transaction(
            long process, String user, String database, String state, Duration age) {
        public Transaction {
            requireNonNull(user, "user is null");
            requireNonNull(database, "database is null");
            requireNonNull(state, "state is null");
            requireNonNull(age, "age is null");
        }
    }

    /** A prepared transaction. */
    public record Prepared(String id, String database, Duration age) {
        public Prepared {
            requireNonNull(id, "id is null");
            requireNonNull(database, "database is null");
            requireNonNull(age, "age is null");
        }
    }

    /** All that is stored. */
    public long bytes() {
        return databases.stream().mapToLong(DatabaseContent::bytes).sum();
    }

    /** The oldest transaction that a client has open. */
    public Optional<Transaction> oldest() {
        return transactions.stream().max((a, b) -> a.age().compareTo(b.age()));
    }
}
