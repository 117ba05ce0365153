package io.shoestring.proxy;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.shoestring.model.ClientSession;
import io.shoestring.model.Endpoint;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/** Asks each event loop for what its clients have under way. Not from an event loop. */
public final class SessionCensus {
    private static final int PATIENCE_SECONDS = 2;

    private SessionCensus() {}

    /** One of them, on its loop. */
    public interface Countable {
        /** What is to be known of it. */
        ClientSession session();

        /** Cuts it off, at both ends. */
        void endByOperator();
    }

    /**
     * Looks at all, and ends those that are wanted.
     *
     * @param of what a loop has; called on it
     * @param ended those are ended, after they were looked at
     * @return all that there were; a loop that does not answer within two seconds is left out
     */
    public static List<ClientSession> take(
            Collection<EventLoop> loops,
            Function<EventLoop, List<? extends Countable>> of,
            Predicate<ClientSession> ended) {
        requireNonNull(ended, "ended is null");
        List<ClientSession> all = new ArrayList<>();
        var busy = new CountDownLatch(loops.size());
        for (EventLoop loop : loops) {
            loop.execute(
                    () -> {
                        List<ClientSession> here = look(of.apply(loop), ended);
                        synchronized (all) {
                            all.addAll(here);
                        }
                        busy.countDown();
                    });
        }
        try {
            boolean _ = busy.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (all) {
            return List.copyOf(all);
        }
    }

    private static List<ClientSession> look(
            List<? extends Countable> countables, Predicate<ClientSession> ended) {
        List<ClientSession> seen = new ArrayList<>();
        for (Countable each : countables) {
            ClientSession session = each.session();
            seen.add(session);
            if (ended.test(session)) {
                each.endByOperator();
            }
        }
        return seen;
    }

    /**
     * A number for what goes over a connection.
     *
     * @param stream that tells its requests apart; 0: there is one at a time
     */
    public static long id(Channel connection, int stream) {
        long number = Integer.parseUnsignedInt(connection.id().asShortText(), 16) & 0xffff_ffffL;
        return number << 24 | (stream & 0xff_ffff);
    }

    /** An address as it stands in URLs. */
    public static String text(InetSocketAddress address) {
        return new Endpoint(address.getAddress().getHostAddress(), address.getPort()).toString();
    }
}
