package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One listener as the operator sees it; the counts are since the process started.
 *
 * @param database that clients are led to; empty if it is a backend
 * @param backend that clients are led to; empty if it is a database
 * @param clients connected now
 * @param held clients whose request waits for a primary now
 * @param openTransactions transactions that are open on a primary now
 * @param onPrimary statements (or batches up to a Sync) sent to a primary
 * @param onReplicas statements (or batches up to a Sync) sent to a replica
 * @param refused connections refused: limit, wrong password, malformed bytes
 * @param interrupted requests answered with an error because their server went away
 * @param unknownOutcomes writes whose client was told that the outcome is unknown
 * @param sessions clients that ever came and were not turned away at the door
 * @param mostClients the most that were connected at once
 * @param bytesIn bytes from clients
 * @param bytesOut bytes to clients
 * @param rate clients that came in the last second
 * @param http its requests; empty if it does not speak HTTP
 * @param pool the server connections that the clients share, if they do
 * @param carriedOver what outlived its primary
 * @param requests what was measured of its requests; empty if it cannot tell them apart
 * @param errors how many statements were answered with an error, by its kind: {@code constraint},
 *     {@code lock}, {@code syntax} and others; of HTTP see {@code http}
 * @param members what each member of the database answered, by its name
 */
public record ListenerStatus(
        String name,
        String address,
        String protocol,
        String database,
        long clients,
        long held,
        long openTransactions,
        long onPrimary,
        long onReplicas,
        long refused,
        long interrupted,
        long unknownOutcomes,
        String backend,
        long sessions,
        long mostClients,
        long bytesIn,
        long bytesOut,
        long rate,
        long mostRate,
        Optional<HttpTraffic> http,
        Optional<PoolStatus> pool,
        CarriedOver carriedOver,
        Optional<RequestFigures> requests,
        Map<String, Long> errors,
        Map<String, RequestFigures> members) {
    public ListenerStatus {
        requireNonNull(name, "name is null");
        requireNonNull(address, "address is null");
        requireNonNull(protocol, "protocol is null");
        requireNonNull(database, "database is null");
        requireNonNull(backend, "backend is null");
        requireNonNull(http, "http is null");
        requireNonNull(pool, "pool is null");
        requireNonNull(carriedOver, "carriedOver is null");
        requireNonNull(requests, "requests is null");
        errors = Collections.unmodifiableMap(new TreeMap<>(errors));
        members = Collections.unmodifiableMap(new TreeMap<>(members));
    }

    /** Of a listener before a database. */
    public ListenerStatus(
            String name,
            String address,
            String protocol,
            String database,
            long clients,
            long held,
            long openTransactions,
            long onPrimary,
            long onReplicas,
            long refused,
            long interrupted,
            long unknownOutcomes) {
        this(
                name,
                address,
                protocol,
                database,
                clients,
                held,
                openTransactions,
                onPrimary,
                onReplicas,
                refused,
                interrupted,
                unknownOutcomes,
                "",
                0,
                0,
                0,
                0,
                0,
                0,
                Optional.empty(),
                Optional.empty(),
                CarriedOver.NOTHING,
                Optional.empty(),
                Map.of(),
                Map.of());
    }

    /** The same under another name. */
    public ListenerStatus named(String other) {
        return with(other, sessions, mostClients, pool, carriedOver, requests, members);
    }

    /** The same with this pool. */
    public ListenerStatus withPool(Optional<PoolStatus> shared) {
        return with(name, sessions, mostClients, shared, carriedOver, requests, members);
    }

    /** The same with what outlived its primary. */
    public ListenerStatus withCarriedOver(CarriedOver counts) {
        return with(name, sessions, mostClients, pool, counts, requests, members);
    }

    /** The same with what was measured of its requests. */
    public ListenerStatus withRequests(Optional<RequestFigures> measured) {
        return with(name, sessions, mostClients, pool, carriedOver, measured, members);
    }

    /** The same with what was measured of the members. */
    public ListenerStatus withMembers(Map<String, RequestFigures> measured) {
        return with(name, sessions, mostClients, pool, carriedOver, requests, measured);
    }

    /** The same with these numbers of clients that ever came, and that were there at once. */
    public ListenerStatus withSessions(long all, long most) {
        return with(name, all, most, pool, carriedOver, requests, members);
    }

    /** The same with so many clients in the last second, and in the second that had the most. */
    public ListenerStatus withRate(long now, long most) {
        return new ListenerStatus(
                name,
                address,
                protocol,
                database,
                clients,
                held,
                openTransactions,
                onPrimary,
                onReplicas,
                refused,
                interrupted,
                unknownOutcomes,
                backend,
                sessions,
                mostClients,
                bytesIn,
                bytesOut,
                now,
                most,
                http,
                pool,
                carriedOver,
                requests,
                errors,
                members);
    }

    private ListenerStatus with(
            String newName,
            long newSessions,
            long newMostClients,
            Optional<PoolStatus> newPool,
            CarriedOver newCarriedOver,
            Optional<RequestFigures> newRequests,
            Map<String, RequestFigures> newMembers) {
        return new ListenerStatus(
                newName,
                address,
                protocol,
                database,
                clients,
                held,
                openTransactions,
                onPrimary,
                onReplicas,
                refused,
                interrupted,
                unknownOutcomes,
                backend,
                newSessions,
                newMostClients,
                bytesIn,
                bytesOut,
                rate,
                mostRate,
                http,
                newPool,
                newCarriedOver,
                newRequests,
                errors,
                newMembers);
    }
}
