package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.OrderBook.Order;
import io.shoestring.admin.Balancers.Wish;
import io.shoestring.admin.ServerOrders;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.ControlStore.Entry;
import io.shoestring.consensus.ControlStore.Transaction;
import io.shoestring.node.Operations.Reply;
import io.shoestring.proxy.backend.Server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What an operator wants of a server, on all nodes: it is written into consensus, and every node
 * carries it out as soon as it hears of it, also one that was away or is started again. What is
 * said at one node's desk alone stays there until something is said for all. While consensus cannot
 * be asked, traffic goes on by what was known. Nothing of it is on the data path.
 */
final class SharedOrders implements ServerOrders, AutoCloseable {
    /** In consensus. */
    static final String KEY = "servers/orders";

    private static final Logger LOG = LoggerFactory.getLogger(SharedOrders.class);
    private static final JsonMapper MAPPER = JsonMapper.shared();

    /** Until a server that another configuration made anew is noticed. */
    private static final long LOOK_MILLIS = 500;

    /** So many looks after consensus was asked it is asked again, even if nothing is heard. */
    private static final int LOOKS_BETWEEN_QUESTIONS = 40;

    private static final int ATTEMPTS = 10;

    private final ControlStore store;
    private final BalancerDesk desk;
    private final BooleanSupplier hasOthers;
    private final BlockingQueue<Boolean> news = new LinkedBlockingQueue<>(1);
    private final Map<Server, Done> done = new WeakHashMap<>();
    private final Thread thread;
    private volatile Optional<AutoCloseable> watch = Optional.empty();
    private final AtomicBoolean stale = new AtomicBoolean(true);
    private volatile Kept known = new Kept(OrderBook.EMPTY, 0);
    private int looks;

    /** What stands in consensus, and since when. */
    private record Kept(OrderBook book, long revision) {}

    /** The numbers of the orders that a server was given. */
    private record Done(long state, long weight) {
        static final Done NOTHING = new Done(0, 0);

        Done withState(long number) {
            return new Done(number, weight);
        }

        Done withWeight(long number) {
            return new Done(state, number);
        }
    }

    /**
     * Does nothing yet.
     *
     * @param desk that carries it out here
     * @param hasOthers whether there are other nodes
     */
    SharedOrders(ControlStore store, BalancerDesk desk, BooleanSupplier hasOthers) {
        this.store = requireNonNull(store, "store is null");
        this.desk = requireNonNull(desk, "desk is null");
        this.hasOthers = requireNonNull(hasOthers, "hasOthers is null");
        this.thread = Thread.ofVirtual().name("server-orders").unstarted(this::keepFollowing);
    }

    /** Begins to carry out what stands in consensus. */
    void start() {
        watch =
                Optional.of(
                        store.watch(
                                KEY,
                                _ -> {
                                    stale.set(true);
                                    wake();
                                }));
        thread.start();
    }

    /** There may be servers that were told nothing yet. */
    void wake() {
        news.offer(true);
    }

    // ------------------------------------------------------------------ what is said here

    @Override
    public Reply want(String backend, String server, Wish wish) {
        String name = backend + "/" + server;
        return tell(
                backend,
                server,
                book -> book.wanting(name, wish),
                () -> desk.want(backend, server, wish),
                Done::withState);
    }

    @Override
    public Reply weigh(String backend, String server, int weight) {
        String name = backend + "/" + server;
        return tell(
                backend,
                server,
                book -> book.weighing(name, weight, weightInFile(backend, server)),
                () -> desk.weigh(backend, server, weight),
                Done::withWeight);
    }

    private int weightInFile(String backend, String server) {
        return desk.setting(backend, server).map(it -> it.initialWeight()).orElse(0);
    }

    private Reply tell(
            String backend,
            String server,
            UnaryOperator<OrderBook> order,
            Supplier<Reply> here,
            BiFunction<Done, Long, Done> noted) {
        Optional<Server> known = desk.find(backend, server);
        if (known.isEmpty()) {
            return here.get();
        }
        long number;
        try {
            number = write(order);
        } catch (ConsensusException e) {
            return onlyHere(here.get(), String.valueOf(e.getMessage()));
        }
        Reply reply;
        synchronized (done) {
            reply = here.get();
            // If a later one was carried out before it, that one is carried out again.
            done.compute(
                    known.get(), (_, it) -> noted.apply(it == null ? Done.NOTHING : it, number));
        }
        wake();
        return hasOthers.getAsBoolean()
                ? new Reply(true, reply.sentence() + " The other nodes are told.", "")
                : reply;
    }

    private static Reply onlyHere(Reply reply, String why) {
        return new Reply(
                false,
                reply.sentence()
                        + " That holds on this node; whether the others were told is not known: "
                        + why
                        + ". Say it again when the cluster has its majority.",
                "");
    }

    /** The number that the order has. */
    private long write(UnaryOperator<OrderBook> order) throws ConsensusException {
        for (int i = 0; i < ATTEMPTS; i++) {
            Kept before = read();
            OrderBook next = order.apply(before.book()).pruned(this::isThere);
            Map<String, Long> expected = Map.of(KEY, before.revision());
            if (store.commit(
                    new Transaction(expected, Map.of(KEY, MAPPER.writeValueAsString(next))))) {
                return next.newest();
            }
        }
        throw new ConsensusException("others were faster ten times");
    }

    private boolean isThere(String name) {
        int slash = name.indexOf('/');
        return desk.setting(name.substring(0, slash), name.substring(slash + 1)).isPresent();
    }

    // ------------------------------------------------------------------ what is heard

    private void keepFollowing() {
        try {
            while (true) {
                look();
                boolean _ = news.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS) != null;
            }
        } catch (InterruptedException e) {
            LOG.debug("no orders are followed any more");
        }
    }

    private void look() {
        ask();
        try {
            carryOut(known.book());
        } catch (RuntimeException e) {
            LOG.error("what is wanted of servers could not be carried out", e);
        }
    }

    private void ask() {
        looks++;
        if (!stale.getAndSet(false) && looks < LOOKS_BETWEEN_QUESTIONS) {
            return;
        }
        try {
            known = read();
            looks = 0;
        } catch (ConsensusException e) {
            stale.set(true);
            LOG.debug("what is wanted of servers is not known: {}", e.getMessage());
        }
    }

    private Kept read() throws ConsensusException {
        Optional<Entry> entry = store.get(KEY);
        return new Kept(
                entry.map(SharedOrders::bookIn).orElse(OrderBook.EMPTY),
                entry.map(Entry::revision).orElse(0L));
    }

    private static OrderBook bookIn(Entry entry) {
        try {
            return MAPPER.readValue(entry.value(), OrderBook.class);
        } catch (JacksonException e) {
            LOG.warn("what consensus has under {} is not understood: {}", KEY, e.toString());
            // Greater than any number in it.
            return new OrderBook(entry.revision(), Map.of());
        }
    }

    private void carryOut(OrderBook book) {
        synchronized (done) {
            desk.backends().all().stream()
                    .flatMap(backend -> backend.servers().stream())
                    .forEach(server -> carryOut(server, book.of(server.toString())));
        }
    }

    /** Once each: what is said at this node alone afterwards stays. */
    private void carryOut(Server server, Order order) {
        Done before = done.getOrDefault(server, Done.NOTHING);
        long state = order.state().map(OrderBook.State::number).orElse(before.state());
        long weight = order.weight().map(OrderBook.Weight::number).orElse(before.weight());
        String backend = server.backend().name();
        if (state > before.state()) {
            order.state().ifPresent(it -> desk.want(backend, server.name(), it.wish()));
        }
        if (weight > before.weight()) {
            order.weight()
                    .filter(it -> it.inFile() == server.config().weight())
                    .ifPresent(it -> desk.weigh(backend, server.name(), it.weight()));
        }
        done.put(server, new Done(state, weight));
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            if (watch.isPresent()) {
                watch.get().close();
            }
        } catch (Exception e) {
            LOG.debug("the watch of orders did not end: {}", e.toString());
        }
    }
}
