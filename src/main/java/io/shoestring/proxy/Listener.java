package io.shoestring.proxy;

import io.shoestring.model.ClientSession;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.Endpoint;
import io.shoestring.model.ListenerStatus;
import io.shoestring.monitoring.digest.Requests;
import io.shoestring.proxy.source.RateTable;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** An open address that clients connect to, whatever is spoken there. */
public interface Listener extends AutoCloseable {
    /** Where it listens, with the port that it got if the configuration left it open. */
    Endpoint address();

    /** What it has done so far. */
    ListenerStatus status();

    /** The same in parts, if its clients are led to several databases. */
    default List<ListenerStatus> statuses() {
        return List.of(status());
    }

    /** How many transactions clients have open on the primary of that database. */
    default int openTransactions(DatabaseName database) {
        return 0;
    }

    /** What was measured of all requests; empty where none can be told apart. */
    default Optional<Requests> requests() {
        return Optional.empty();
    }

    /** What each server of a database answered to clients of this listener, by the names. */
    default Map<DatabaseName, Map<String, Requests>> members() {
        return Map.of();
    }

    /** A second has ended: rates are of the last one. Always by the same thread. */
    default void measure() {}

    /**
     * What clients have under way; those that are wanted are cut off. Waits for the event loops,
     * two seconds at most; empty where that is not known.
     */
    default List<ClientSession> sessions(Predicate<ClientSession> ended) {
        return List.of();
    }

    /** What counts uses on other nodes, too; the name says what of the listener it is. */
    default Map<String, RateTable> sharedRates() {
        return Map.of();
    }

    /** Stops listening; clients that are there are served until they leave. */
    void stopListening();

    /** Stops listening, and ends the clients' connections in the terms of their protocol. */
    @Override
    void close();
}
