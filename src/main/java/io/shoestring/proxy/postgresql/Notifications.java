package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.shoestring.config.PoolConfig;
import io.shoestring.proxy.postgresql.statement.ClientEncoding;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The notifications of a client that shares server connections. What it listens on the {@link
 * SharedListening} of its database has to listen on first: a LISTEN leaves only then, so that
 * nothing is missed between its commit and the first notification. The client hears what comes when
 * it is between two transactions, as of a server. On the client's event loop only.
 */
final class Notifications implements SharedListening.Audience {
    private static final int WAITING_BYTES_MAX = 4 << 20;

    private final SessionContext session;
    private final Listening listening;
    private final BooleanSupplier between;
    private final Runnable changed;

    // Nearly all clients never listen.
    private @Nullable SharedListening shared;
    private Set<String> wanted = Set.of();
    private Set<String> established = Set.of();
    private List<Notification> waiting = List.of();
    private List<Notification> early = List.of();
    private int bytes;
    private @Nullable String lost;

    /**
     * Listens on nothing yet.
     *
     * @param between whether the client is between two transactions, and takes what it is sent
     * @param changed a request that waited for a channel may go now
     */
    Notifications(SessionContext session, BooleanSupplier between, Runnable changed) {
        this.session = session;
        this.listening = session.state().channels();
        this.between = between;
        this.changed = changed;
    }

    /** Whether a request may leave: nothing that it will listen on can be missed. */
    boolean cover(Batch batch) {
        if (batch.channels.isEmpty() || established.containsAll(batch.channels)) {
            return true;
        }
        Set<String> missing = new HashSet<>(batch.channels);
        missing.removeAll(wanted);
        if (!missing.isEmpty()) {
            wanted = wanted.isEmpty() ? new HashSet<>() : wanted;
            wanted.addAll(missing);
            if (shared == null) {
                shared = session.listener().listeningOn(session.identity().databaseAtServers());
            }
            shared.listen(this, missing);
        }
        return false;
    }

    /** A request leaves for the primary; what is heard from now on may come after its commit. */
    void leaves(boolean first) {
        if (first && !early.isEmpty()) {
            early.forEach(it -> bytes -= it.message().length);
            early = List.of();
        }
    }

    /**
     * Nothing of the client is under way or open at the primary: what was committed holds.
     *
     * @param waits whether a request waits, perhaps for a channel
     */
    void committed(boolean waits) {
        if (wanted.isEmpty()) {
            return;
        }
        List<Notification> heard = early;
        leaves(true);
        heard.stream().filter(it -> listening.isOn(it.channel())).forEach(this::queue);
        Set<String> unneeded = new HashSet<>(wanted);
        unneeded.removeAll(listening.channels());
        if (!unneeded.isEmpty() && shared != null && !waits) {
            wanted.removeAll(unneeded);
            established.removeIf(unneeded::contains);
            shared.forget(this, unneeded);
        }
        deliver();
    }

    /** Gives the client what has waited, if it can be given now. */
    void deliver() {
        if ((waiting.isEmpty() && lost == null) || !between.getAsBoolean()) {
            return;
        }
        List<Notification> now = waiting;
        waiting = List.of();
        now.forEach(each -> bytes -= each.message().length);
        if (lost == null || !endsAfterLoss()) {
            now.forEach(this::give);
            session.client().flush();
        }
        tellLoss();
    }

    private void give(Notification notification) {
        if (!listening.isOn(notification.channel())) {
            return;
        }
        if (!notification.isAscii() && !isReadable()) {
            loses("one has letters beyond ASCII, and the client's encoding is not UTF8");
            return;
        }
        ByteBuf out = session.client().allocator().buffer(notification.message().length);
        session.client().write(out.writeBytes(notification.message()));
    }

    /** The shared connection speaks UTF-8. */
    private boolean isReadable() {
        String encoding = session.identity().known().value("client_encoding");
        return ClientEncoding.isUtf8(encoding)
                || (ClientEncoding.isUnconverted(encoding)
                        && ClientEncoding.isUtf8(
                                session.identity().known().value("server_encoding")));
    }

    /** Whether a notification on the session's own server connection comes on the shared one. */
    boolean isShared(String channel) {
        return wanted.contains(channel);
    }

    // ------------------------------------------------------------------ of the shared connection

    @Override
    public EventLoop loop() {
        return session.client().loop();
    }

    @Override
    public ClientIdentity identity() {
        return session.identity();
    }

    @Override
    public void established(Set<String> channels) {
        established = established.isEmpty() ? new HashSet<>() : established;
        channels.stream().filter(wanted::contains).forEach(established::add);
        deliver();
        changed.run();
    }

    @Override
    public void heard(Notification notification) {
        if (!wanted.contains(notification.channel())) {
            return;
        }
        if (listening.isOn(notification.channel())) {
            queue(notification);
            deliver();
        } else if (hasRoomFor(notification)) {
            early = early.isEmpty() ? new ArrayList<>() : early;
            early.add(notification);
        }
    }

    private void queue(Notification notification) {
        if (hasRoomFor(notification)) {
            waiting = waiting.isEmpty() ? new ArrayList<>() : waiting;
            waiting.add(notification);
        }
    }

    /** A client that is long in a transaction, or does not read, must not fill the memory. */
    private boolean hasRoomFor(Notification notification) {
        if (bytes + notification.message().length > WAITING_BYTES_MAX) {
            loses(
                    "more than %d MiB of them waited for the end of the client's transaction, or for"
                                    .formatted(WAITING_BYTES_MAX >> 20)
                            + " the client to read");
            return false;
        }
        bytes += notification.message().length;
        return true;
    }

    @Override
    public void interrupted(String why) {
        if (!established.isEmpty()) {
            established = new HashSet<>();
            loses(why);
            deliver();
        }
    }

    private void loses(String why) {
        lost = lost == null ? why : lost;
    }

    private boolean endsAfterLoss() {
        return session.listener().config().pool().afterLoss() == PoolConfig.AfterLoss.END;
    }

    /** What may have been lost the client has to know, before it hears more. */
    private void tellLoss() {
        String why = lost;
        if (why == null) {
            return;
        }
        if (listening.channels().isEmpty()) {
            lost = null;
        } else if (endsAfterLoss()) {
            lost = null;
            session.listener().counters().interrupted.increment();
            session.client().fail(Answers.notificationsLost(why));
        } else if (established.containsAll(listening.channels())) {
            // Whoever looks now, because of this, misses nothing from now on.
            lost = null;
            session.client()
                    .write(
                            Answers.notice(
                                    session.client().allocator(),
                                    Answers.notificationsMayBeLost(why)));
            session.client().flush();
        }
    }

    /** The client is gone. */
    void end() {
        if (shared != null && !wanted.isEmpty()) {
            shared.forget(this, wanted);
        }
        wanted = Set.of();
        established = Set.of();
        waiting = List.of();
        early = List.of();
    }
}
