package io.shoestring.proxy.postgresql;

import io.shoestring.proxy.postgresql.statement.ListenOrder;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * On which channels a client listens that shares server connections, as its transactions have said
 * so: an order counts when its transaction is committed. The server has carried it out, too, on
 * whatever connection the transaction was: that one has to forget it before others get it.
 */
final class Listening {
    // Nearly all clients never listen.
    private Set<String> channels = Set.of();
    private List<ListenOrder> uncommitted = List.of();
    private Set<String> onServer = Set.of();
    private Effect.@Nullable Listening latest;
    private int doneOfLatest;

    /** The channels; changes with each commit. */
    Set<String> channels() {
        return channels;
    }

    boolean isOn(String channel) {
        return channels.contains(channel);
    }

    /** Whether the open transaction has given orders. */
    boolean hasUncommitted() {
        return !uncommitted.isEmpty();
    }

    /** How many orders the open transaction has given. */
    int uncommitted() {
        return uncommitted.size();
    }

    /** The server has done the next order of these. */
    void done(Effect.Listening effect) {
        if (!effect.equals(latest)) {
            latest = effect;
            doneOfLatest = 0;
        }
        List<ListenOrder> orders = effect.orders();
        if (doneOfLatest < orders.size()) {
            add(orders.get(doneOfLatest++));
        }
        if (doneOfLatest == orders.size()) {
            latest = null;
        }
    }

    private void add(ListenOrder order) {
        if (uncommitted.isEmpty()) {
            uncommitted = new ArrayList<>(1);
        }
        uncommitted.add(order);
        if (order.begins()) {
            onServer = onServer.isEmpty() ? new HashSet<>() : onServer;
            order.channel().ifPresent(onServer::add);
        }
    }

    /** A request has its last answer: what comes next are the orders of another. */
    void requestEnded() {
        latest = null;
    }

    /** What was ordered holds, from {@code first} on; the rest never happened. */
    void commit(int first) {
        if (uncommitted.isEmpty()) {
            return;
        }
        Set<String> changed = new LinkedHashSet<>(channels);
        for (ListenOrder order : uncommitted.subList(first, uncommitted.size())) {
            if (order.begins()) {
                order.channel().ifPresent(changed::add);
            } else {
                order.channel().ifPresentOrElse(changed::remove, changed::clear);
            }
        }
        channels = changed;
        uncommitted = List.of();
    }

    /** The server connection is gone, and with it the open transaction. */
    void lost() {
        uncommitted = List.of();
        onServer = Set.of();
        latest = null;
    }

    /** As new. */
    void clear() {
        lost();
        channels = Set.of();
    }

    /** Whether the server connection does not itself listen on any of them. */
    boolean isServerClean() {
        return onServer.isEmpty();
    }

    /** Channels on which the server connection itself does not listen; from now on it does. */
    Set<String> missingOnServer() {
        Set<String> missing = new LinkedHashSet<>(channels);
        missing.removeAll(onServer);
        if (!missing.isEmpty()) {
            onServer = onServer.isEmpty() ? new HashSet<>() : onServer;
            onServer.addAll(missing);
        }
        return missing;
    }

    /** The channels that the server connection shall forget, once. */
    Set<String> takeOnServer() {
        Set<String> taken = onServer;
        onServer = Set.of();
        return taken;
    }
}
