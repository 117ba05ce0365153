package io.shoestring;

import io.shoestring.admin.Balancers.Wish;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What operators want of servers on all nodes, as it stands in consensus. Each order has a number,
 * so that a node knows which of them it has carried out; a later one has a greater number.
 *
 * @param newest number that was given
 * @param byServer under "backend/server"
 */
record OrderBook(long newest, Map<String, Order> byServer) {
    static final OrderBook EMPTY = new OrderBook(0, Map.of());

    /** More are kept only of servers that there are. */
    private static final int MOST = 2_000;

    OrderBook {
        byServer = Map.copyOf(byServer);
    }

    /** What is wanted of one server. */
    record Order(Optional<State> state, Optional<Weight> weight) {
        static final Order NONE = new Order(Optional.empty(), Optional.empty());
    }

    /** Whether it is used. */
    record State(long number, Wish wish) {}

    /**
     * Its share.
     *
     * @param inFile the file's when this was said: who changes the file means the file
     */
    record Weight(long number, int weight, int inFile) {}

    /** What is wanted of one server; nothing if nobody ever said. */
    Order of(String server) {
        return byServer.getOrDefault(server, Order.NONE);
    }

    OrderBook wanting(String server, Wish wish) {
        State state = new State(newest + 1, wish);
        return with(server, new Order(Optional.of(state), of(server).weight()));
    }

    OrderBook weighing(String server, int weight, int inFile) {
        Weight wanted = new Weight(newest + 1, weight, inFile);
        return with(server, new Order(of(server).state(), Optional.of(wanted)));
    }

    private OrderBook with(String server, Order order) {
        Map<String, Order> next = new TreeMap<>(byServer);
        next.put(server, order);
        return new OrderBook(newest + 1, next);
    }

    /** Without servers that are no more, if it has become long. */
    OrderBook pruned(Predicate<String> isThere) {
        if (byServer.size() <= MOST) {
            return this;
        }
        Map<String, Order> next = new TreeMap<>(byServer);
        next.keySet().removeIf(isThere.negate());
        return new OrderBook(newest, next);
    }
}
