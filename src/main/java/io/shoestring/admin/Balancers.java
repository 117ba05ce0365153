package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.BackendStatus;
import io.shoestring.model.ClientSession;
import io.shoestring.node.Operations.Reply;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the admin API asks of the balancers of this node; what is said here holds here. Any thread.
 */
public interface Balancers extends ServerOrders {
    /** All backends, in the order of the configuration. */
    List<BackendStatus> status();

    /** What stands in the file and what was changed since; empty if there is no such server. */
    Optional<Setting> setting(String backend, String server);

    /** Connects to this address from now on, until the node ends or the file names another one. */
    Reply move(String backend, String server, InetSocketAddress address);

    /**
     * Lets a server have another number of connections than the file says, until the node ends or
     * the file says another one.
     *
     * @param most 0: any
     */
    Reply limit(String backend, String server, int most);

    /** Begins or ends what looks after a server; what was found last holds meanwhile. */
    Reply watch(String backend, String server, Watcher watcher, boolean on);

    /** Takes a server for up or down, until what looks after it finds otherwise. */
    Reply believe(String backend, String server, Watcher watcher, boolean up);

    /** What clients have under way; those that are wanted are cut off. Waits for event loops. */
    List<ClientSession> sessions(Predicate<ClientSession> ended);

    /** What looks after a server. */
    enum Watcher {
        CHECK,
        AGENT
    }

    /** Whether there is such a watcher, and whether it does its work. */
    enum Watch {
        NONE,
        ON,
        OFF
    }

    /**
     * What is wanted of a server.
     *
     * @param weight by an operator, 0 to 256
     * @param initialWeight in the file
     * @param address where it is connected to; unresolved while its name is not known
     * @param name that is looked up; empty: its address is in the file
     * @param wish of an operator, or else of its agent
     * @param check of its health
     * @param agent that is asked
     */
    record Setting(
            int weight,
            int initialWeight,
            InetSocketAddress address,
            Optional<String> name,
            Wish wish,
            Watch check,
            Watch agent) {
        /** Of a server that has gone while it was asked for. */
        static final Setting GONE =
                new Setting(
                        0,
                        0,
                        InetSocketAddress.createUnresolved("gone", 0),
                        Optional.empty(),
                        Wish.READY,
                        Watch.NONE,
                        Watch.NONE);

        public Setting {
            requireNonNull(address, "address is null");
            requireNonNull(name, "name is null");
            requireNonNull(wish, "wish is null");
        }
    }

    /** What an operator may want of a server. */
    enum Wish {
        READY,
        DRAIN,
        MAINTENANCE
    }

    /** A node without backends. */
    Balancers NONE =
            new Balancers() {
                @Override
                public List<BackendStatus> status() {
                    return List.of();
                }

                @Override
                public Reply want(String backend, String server, Wish wish) {
                    return new Reply(false, "There are no backends.", "");
                }

                @Override
                public Reply weigh(String backend, String server, int weight) {
                    return new Reply(false, "There are no backends.", "");
                }

                @Override
                public Optional<Setting> setting(String backend, String server) {
                    return Optional.empty();
                }

                @Override
                public Reply move(String backend, String server, InetSocketAddress address) {
                    return new Reply(false, "There are no backends.", "");
                }

                @Override
                public Reply limit(String backend, String server, int most) {
                    return new Reply(false, "There are no backends.", "");
                }

                @Override
                public Reply watch(String backend, String server, Watcher watcher, boolean on) {
                    return new Reply(false, "There are no backends.", "");
                }

                @Override
                public Reply believe(String backend, String server, Watcher watcher, boolean up) {
                    return new Reply(false, "There are no backends.", "");
                }

                @Override
                public List<ClientSession> sessions(Predicate<ClientSession> ended) {
                    return List.of();
                }
            };
}
