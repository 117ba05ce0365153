package io.shoestring.proxy.postgresql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Makes a server connection what the client believes its own to be: its settings, its prepared
 * statements, its failed transaction. What is sent for that is ours, and the client sees no answer
 * of it.
 */
final class Restoring {
    private final SessionContext session;
    private final List<ServerLink> links = new ArrayList<>(2);

    Restoring(SessionContext session) {
        this.session = session;
    }

    /** The session uses this connection from now on. */
    void attach(ServerLink link) {
        links.add(link);
    }

    /** The session does not use it any more. */
    void detach(ServerLink link) {
        links.remove(link);
    }

    /** Sends what the connection lacks of the session's settings; false: nothing. */
    boolean settings(ServerLink link) {
        SessionState state = session.state();
        boolean cleared = clear(link, state);
        int applied = link.settingsApplied(state);
        if (applied == state.version()) {
            return cleared;
        }
        List<byte[]> missing = state.settingsSince(applied);
        for (byte[] setting : missing) {
            link.write(Requests.query(session.client().allocator(), setting));
            link.conversation().expectRestoring(false);
        }
        link.settingsAppliedUpTo(state, state.version());
        return cleared || !missing.isEmpty();
    }

    /**
     * What another client has set is taken away. What it has prepared, too, where the settings
     * differ: the same text may mean something else then.
     */
    private boolean clear(ServerLink link, SessionState state) {
        ServerStatements prepared = link.conversation().prepared();
        boolean differs = state.version() > 0 && prepared.hasSomeOfOthers();
        if (!link.hasSettingsOfOthers(state) && !differs && !prepared.isCrowded()) {
            return false;
        }
        link.write(Requests.discardAll(session.client().allocator()));
        link.conversation().expectRestoring(false);
        prepared.forgetAll();
        link.settingsAppliedUpTo(state, 0);
        return true;
    }

    /** The client asks on what it listens, and the server shall know it; false: it does. */
    boolean listening(ServerLink link) {
        if (link.conversation().status() == 'E') {
            return false;
        }
        Set<String> missing = session.state().channels().missingOnServer();
        for (String channel : missing) {
            link.write(Requests.listen(session.client().allocator(), channel));
            link.conversation().expectRestoring(false);
        }
        return !missing.isEmpty();
    }

    /** On what the client listens the connection shall not, when others get it. */
    void stopListening(ServerLink link) {
        Listening channels = session.state().channels();
        if (channels.isServerClean() || !link.conversation().isFree()) {
            return;
        }
        for (String channel : channels.takeOnServer()) {
            link.write(Requests.unlisten(session.client().allocator(), channel));
            link.conversation().expectRestoring(false);
        }
        link.flush();
    }

    /** The server itself then answers everything as in any failed transaction block. */
    void failedTransaction(ServerLink link) {
        link.write(Requests.failedTransaction(session.client().allocator()));
        link.conversation().expectRestoring(false);
        link.conversation().expectRestoring(true);
    }

    /**
     * Sends what the batch needs and the connection lacks, and enqueues what it will be answered;
     * the batch's own bytes are to follow.
     */
    void prepareFor(ServerLink link, Batch batch) {
        Conversation conversation = link.conversation();
        if (conversation.isIgnoring()) {
            ignoredBy(conversation, batch);
            return;
        }
        for (String name : conversation.prepared().takeStale()) {
            close(link, name);
        }
        for (PreparedStatement statement : batch.needs()) {
            prepare(link, statement);
        }
        closeOthers(link, batch);
        batch.enqueueOn(conversation);
        closedBy(batch, link);
    }

    /** As {@link #prepareFor}, for a batch that the client has the answers to. */
    void prepareAgainFor(ServerLink link, Batch batch) {
        for (PreparedStatement statement : batch.needs()) {
            prepare(link, statement);
        }
        closeOthers(link, batch);
        batch.enqueueAgainOn(link.conversation());
        if (batch.destroysUnnamed) {
            link.conversation().prepared().forget("");
        }
    }

    /** The server ignores the batch, except that a Sync is always answered. */
    private void ignoredBy(Conversation conversation, Batch batch) {
        batch.undo(session.statements());
        if (batch.endsWithSync()) {
            conversation.expectSync();
        }
    }

    /** What other clients have prepared must not be what this one gets under a name. */
    private void closeOthers(ServerLink link, Batch batch) {
        ServerStatements prepared = link.conversation().prepared();
        if (!prepared.hasSomeOfOthers()) {
            return;
        }
        if (batch.isOpaque()) {
            prepared.namesOfOthers().forEach(name -> closeOther(link, name));
        }
        batch.prepares().forEach(statement -> closeOther(link, statement.name()));
        batch.closes().forEach(statement -> closeOther(link, statement.name()));
        batch.unknownNames().forEach(name -> closeOther(link, name));
    }

    private void closeOther(ServerLink link, String name) {
        ServerStatements prepared = link.conversation().prepared();
        if (prepared.isTakenByOthers(name)) {
            prepared.forget(name);
            close(link, name);
        }
    }

    private void prepare(ServerLink link, PreparedStatement statement) {
        ServerStatements prepared = link.conversation().prepared();
        if (prepared.has(statement)) {
            return;
        }
        if (prepared.hasName(statement.name()) && !statement.name().isEmpty()) {
            prepared.forget(statement.name());
            close(link, statement.name());
        }
        byte[] parse = statement.parse();
        link.write(session.client().allocator().buffer(parse.length).writeBytes(parse));
        link.conversation().expectOwn(OutstandingQueue.PARSE, statement);
    }

    private void close(ServerLink link, String name) {
        link.write(Requests.closeStatement(session.client().allocator(), name));
        link.conversation().expectOwn(OutstandingQueue.CLOSE, null);
    }

    /**
     * The client closes statements on one server connection; the others must follow before their
     * next request.
     */
    private void closedBy(Batch batch, ServerLink on) {
        if (batch.destroysUnnamed) {
            on.conversation().prepared().forget("");
        }
        if (!batch.destroysUnnamed && batch.closes().isEmpty()) {
            return;
        }
        for (ServerLink other : links) {
            if (!other.equals(on)) {
                markStale(batch, other.conversation().prepared());
            }
        }
    }

    private static void markStale(Batch batch, ServerStatements prepared) {
        if (batch.destroysUnnamed) {
            prepared.markStale("");
        }
        for (PreparedStatement closed : batch.closes()) {
            prepared.markStale(closed.name());
        }
    }
}
