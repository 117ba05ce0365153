package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.model.DatabaseTopology;
import io.shoestring.proxy.pool.PoolBound;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A session's server connection at the primary: how it comes by it, whether a request may leave on
 * it now, and what can be done with it at any time. On the client's event loop only.
 *
 * <p>INVARIANT: {@link #ready} gives none that was opened in another than the newest epoch, or
 * outside the lease.
 */
final class PrimaryLink {
    private final SessionContext session;
    private final ListenerContext listener;
    private final ClientConnection client;
    private final Restoring restoring;
    private final Borrowing borrowing;
    private final BiConsumer<String, String> teller;
    private @Nullable ServerLink link;

    /**
     * There is none yet.
     *
     * @param owner of the connections that come
     * @param events hears when one for which it has waited is there
     */
    PrimaryLink(
            SessionContext session, Restoring restoring, LinkOwner owner, SessionEvents events) {
        this.session = session;
        this.listener = session.listener();
        this.client = session.client();
        this.restoring = restoring;
        this.borrowing = new Borrowing(session, owner, this::use, events::connected);
        this.teller =
                (name, value) -> client.write(Answers.parameter(client.allocator(), name, value));
    }

    /** The present one. */
    @Nullable ServerLink get() {
        return link;
    }

    /** The present one. */
    Optional<ServerLink> link() {
        return Optional.ofNullable(link);
    }

    /** Whether something is open on it. */
    boolean isBound() {
        return link != null && link.isUsable() && !link.conversation().isFree();
    }

    /** The transaction status, if nothing is due; else, and if it failed, empty. */
    Optional<Byte> statusBetweenRequests() {
        if (link == null || !link.isUsable()) {
            return Optional.of((byte) 'I');
        }
        Conversation conversation = link.conversation();
        boolean between =
                conversation.isQuiet()
                        && !conversation.isUnsynced()
                        && conversation.status() != 'E';
        return between ? Optional.of(conversation.status()) : Optional.empty();
    }

    /** Whether the client waits for nothing of it. */
    boolean isAnswered() {
        return link == null || link.conversation().clientEnds() == 0;
    }

    boolean isWritable() {
        return link == null || link.isWritable();
    }

    // ------------------------------------------------------------------ coming by it

    /**
     * The connection on which a request may leave now: of the newest epoch, within the lease, not
     * held. None: one is being opened, if there is a primary.
     *
     * @param begins whether nothing is open yet
     */
    @Nullable ServerLink ready(boolean begins) {
        DatabaseTopology topology = listener.topology();
        boolean outdated = link != null && link.epoch() != topology.epoch();
        if (outdated
                || topology.primary().isEmpty()
                || (begins && topology.holdWrites())
                || ((begins || link == null) && listener.isPaused(session.identity()))
                || listener.clock().nanos() - topology.leaseDeadlineNanos() > 0) {
            return null;
        }
        if (link == null) {
            borrowing
                    .borrow(topology.primary().orElseThrow(), topology.epoch())
                    .ifPresent(this::use);
        }
        return link != null && link.isUsable() ? link : null;
    }

    private void use(ServerLink lent) {
        link = lent;
        restoring.attach(lent);
        lent.setReading(client.isWritable());
    }

    /** Whether connections go from client to client. */
    boolean isShared() {
        return borrowing.isShared();
    }

    /** Whether all server connections are in use, and the session's turn will come. */
    boolean isQueued() {
        return borrowing.isQueued();
    }

    /** The limit that its turn depends on. */
    PoolBound bound() {
        return borrowing.bound();
    }

    /** The request that waited for one is given up. */
    void stopWaiting() {
        borrowing.stopWaiting();
    }

    /** What is waited for is of no use in another epoch. */
    void stopWaitingUnlessIn(long epoch) {
        borrowing.stopWaitingUnlessIn(epoch);
    }

    /** What the server told at the log-in, once it is there: the client has to know it first. */
    Optional<Map<String, String>> firstParameters() {
        return borrowing
                .rememberedParameters()
                .filter(known -> listener.topology().primary().isPresent())
                .or(() -> Optional.ofNullable(ready(false)).map(it -> it.login().parameters()));
    }

    /** It has just logged in: what it was told holds for whoever logs in like this. */
    void remember(ServerLink opened) {
        borrowing.remember(opened.login().parameters());
    }

    /** Gives it back, if nothing is open on it and connections are shared. */
    void giveBackIfFree() {
        ServerLink free = link;
        if (free == null
                || !borrowing.isShared()
                || !free.isUsable()
                || !free.conversation().isFree()
                || client.isInsideMessage()) {
            return;
        }
        // Whoever has it next does not flush what it has for this client.
        client.flush();
        forget(free);
        borrowing.giveBack(free);
    }

    /** It is not the session's any more. */
    void forget(ServerLink gone) {
        link = null;
        restoring.detach(gone);
    }

    // ------------------------------------------------------------------ using it

    /**
     * A new primary may have other settings than the one before: the client is told, as a server
     * would.
     */
    void tellChangedParameters(ServerLink used) {
        session.identity().known().tellAll(used.login().parameters(), teller);
    }

    /** The client has been told of a setting in another way. */
    void parameterChanged(String name, String value) {
        session.identity().known().tell(name, value);
    }

    /** More bytes of a long message: they go where its beginning went. */
    void pass(ByteBuf bytes) {
        if (link == null) {
            bytes.release();
            return;
        }
        link.write(bytes);
        stopReadingUnlessWritable(link);
    }

    /** While it takes no more the client is not read. */
    void stopReadingUnlessWritable(ServerLink used) {
        if (!used.isWritable()) {
            client.setReading(false);
        }
    }

    /** See {@link Session#takesCopyData}. */
    boolean takesCopyData(boolean isLast) {
        if (link == null || !link.isUsable() || link.conversation().isQuiet()) {
            return false;
        }
        if (isLast) {
            link.conversation().copyDataEnd();
        }
        return true;
    }

    void flush() {
        if (link != null) {
            link.flush();
        }
    }

    void setReading(boolean reading) {
        if (link != null) {
            link.setReading(reading);
        }
    }

    /** Asks the server to cancel what the client runs; false: it runs nothing there. */
    boolean cancel() {
        if (link == null || link.conversation().isQuiet()) {
            return false;
        }
        if (!link.conversation().isRestoring()) {
            link.canceling();
            listener.cancel(client.loop(), link);
        }
        return true;
    }

    /** The client is gone: none is borrowed any more. */
    void stopBorrowing() {
        borrowing.end();
    }

    /** The client is gone. */
    void end() {
        ServerLink last = link;
        if (last == null) {
            return;
        }
        forget(last);
        if (client.isInsideMessage()) {
            // A goodbye would become the end of the message, which the server might run.
            last.close();
        } else {
            last.end();
        }
    }
}
