package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBufAllocator;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;

import org.jspecify.annotations.Nullable;

/**
 * Makes a server connection what the client believes its own to be: the session's shape, its
 * prepared statements, the number that it inserted last. One thing at a time; whoever is told that
 * something is done asks again. On the client's event loop only.
 */
final class Restoring {
    private final ByteBufAllocator allocator;
    private final Events events;
    private @Nullable ServerLink busyWith;
    private @Nullable Prepared preparing;

    /** Who hears what has become of it. */
    interface Events {
        /** Something is done: it is worth to ask again. */
        void restored();

        /** The server does not do it. */
        void notRestored(ServerLink link, ErrorPacket why);

        /** The server does not say what changes in the session. */
        void notTracked(ServerLink link);

        /** The statement that the client wants to run cannot be prepared again. */
        void notPrepared(ServerLink link);
    }

    Restoring(ByteBufAllocator allocator, Events events) {
        this.allocator = allocator;
        this.events = events;
    }

    /** Whether something is on its way. */
    boolean isBusy() {
        return busyWith != null;
    }

    /** That connection is not used any more. */
    void abandon(@Nullable ServerLink link) {
        if (link != null && link.equals(busyWith)) {
            busyWith = null;
            preparing = null;
        }
    }

    /** The statement that is prepared again, if one is. */
    @Nullable Prepared preparing() {
        return preparing;
    }

    /** From the answer on, the server says what changes. */
    void track(ServerLink link) {
        if (!link.isTracking()) {
            events.notTracked(link);
            return;
        }
        busyWith = link;
        if (link.reported().isEmpty()) {
            link.send(
                    Exchange.ours(Command.Answer.RESULT, asked -> link.reports(asked.value())),
                    SessionState.askTracked(allocator));
        }
        link.send(
                Exchange.ours(
                        Command.Answer.RESULT,
                        tracking -> {
                            busyWith = null;
                            if (!tracking.isDone()) {
                                events.notTracked(link);
                            }
                            events.restored();
                        }),
                SessionState.track(allocator));
    }

    /** Whether it has that shape; if not, it is on its way to it. */
    boolean hasShape(ServerLink link, SessionShape wanted) {
        SessionShape has = link.shape();
        if (has.equals(wanted)) {
            // The same object is quicker to compare.
            link.hasShape(wanted);
            return true;
        }
        if (wanted.isWithin(has)) {
            set(link, has, wanted);
        } else {
            reset(link, has);
        }
        return false;
    }

    private void set(ServerLink link, SessionShape has, SessionShape wanted) {
        busyWith = link;
        Exchange moving = Exchange.ours(Command.Answer.RESULT, _ -> {});
        if (!wanted.schema().equals(has.schema())) {
            link.send(moving, SessionState.use(allocator, wanted.schema()));
        }
        String sql = wanted.settingFrom(has);
        link.send(
                Exchange.ours(
                        Command.Answer.RESULT,
                        setting -> {
                            busyWith = null;
                            moving.error()
                                    .or(setting::error)
                                    .ifPresentOrElse(
                                            error -> events.notRestored(link, error),
                                            () -> {
                                                link.hasShape(wanted);
                                                events.restored();
                                            });
                        }),
                SessionState.query(allocator, sql.isEmpty() ? "DO 0" : sql));
    }

    /** What somebody else has set is taken away; what is prepared goes with it. */
    private void reset(ServerLink link, SessionShape has) {
        busyWith = link;
        link.statements().clear();
        link.send(
                Exchange.ours(
                        Command.Answer.RESULT,
                        done -> {
                            busyWith = null;
                            if (done.error().isPresent()) {
                                events.notRestored(link, done.error().get());
                                return;
                            }
                            link.hasShape(
                                    SessionShape.fresh(has.schema(), link.fresh().autocommit()));
                            track(link);
                        }),
                SessionState.reset(allocator));
    }

    /** Whether the statement is prepared there; if not, it is about to be. */
    boolean hasPrepared(ServerLink link, Prepared statement) {
        if (link.statements().find(statement) != null) {
            return true;
        }
        if (statement.isShared() && !hasShape(link, statement.shape())) {
            return false;
        }
        busyWith = link;
        preparing = statement;
        link.send(
                Exchange.ours(
                        Command.Answer.PREPARED,
                        done -> {
                            busyWith = null;
                            preparing = null;
                            if (done.isDone()) {
                                events.restored();
                            } else {
                                events.notPrepared(link);
                            }
                        }),
                statement.preparing(allocator));
        return false;
    }

    /** What LAST_INSERT_ID() answers is this session's own, wherever it asks. */
    void giveInsertId(ServerLink link, long id) {
        if (link.insertId() == id) {
            return;
        }
        link.hasInsertId(id);
        link.send(
                Exchange.ours(Command.Answer.RESULT, _ -> {}),
                SessionState.query(allocator, "SET last_insert_id=" + Long.toUnsignedString(id)));
    }
}
