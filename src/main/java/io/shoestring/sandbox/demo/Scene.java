package io.shoestring.sandbox.demo;

import io.shoestring.model.DatabaseStatus;
import io.shoestring.model.Endpoint;
import io.shoestring.node.Operations.Reply;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.bank.Audit;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Where the story is played: a cluster that serves, and what an outsider can do to it. */
interface Scene extends AutoCloseable {
    /** Where clients connect, for people. */
    String listener();

    /** An application's connection, through Shoestring. */
    Connection connect(String application) throws SQLException;

    /** The superuser's way to the members themselves, past Shoestring. */
    Audit.Members direct();

    /** The members' names, and where their servers listen, in order. */
    Map<String, Endpoint> members();

    /** The database as the cluster tells it; empty while nobody can. */
    Optional<DatabaseStatus> database();

    /** The process id of the member's server, if it runs. */
    OptionalLong postmaster(String member);

    /** Asks for a switchover, as an operator does. */
    Reply switchover(String to);

    /** Machines and wires that can be taken away; empty if everything is one machine. */
    Optional<Machines> machines();

    /**
     * From now on the listener is told what the cluster decides, until that is closed.
     *
     * @param listener must return at once
     */
    Source tell(Consumer<String> listener);

    /**
     * Copies the log to a place where it outlives the scene.
     *
     * @throws SandboxException if it cannot be copied
     */
    Path rescueLog() throws SandboxException;

    /** Everything ends, and is removed. */
    @Override
    void close();

    /** Something that goes on until it is closed. */
    interface Source extends AutoCloseable {
        @Override
        void close();
    }

    /** What can happen to whole machines; each has the name of its member. */
    interface Machines {
        /** The machine loses its power. */
        void powerOff(String machine);

        /** The machine has power again, and starts what starts by itself. */
        void powerOn(String machine);

        /** The machines with members do not hear each other any more; everybody else does. */
        void cutLink();

        /** They hear each other again. */
        void mendLink();
    }
}
