package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.postgresql.BackendBodies;

import java.util.List;

/** Some command tags, as they pass by, tell that the session has changed. */
final class CompletionWatch {
    private static final List<String> TELLTALE_TAGS = List.of("SET", "RESET", "LISTEN", "PREPARE");

    private final SessionState state;
    private final PreparedStatements statements;

    CompletionWatch(SessionState state, PreparedStatements statements) {
        this.state = state;
        this.statements = statements;
    }

    /**
     * A statement on the primary is done.
     *
     * @return whether nothing that was prepared before is there any more
     */
    boolean completed(ServerLink link, Window window, ByteBuf in, int at, int length) {
        // The first letter is enough for nearly all of them.
        switch (length > 0 ? in.getByte(at) : 0) {
            case 'S', 'R', 'L', 'P' -> changed(link.conversation(), window, in, at, length);
            case 'U' -> unlistened(link.conversation(), in, at, length);
            case 'C' -> {
                if (BackendBodies.commandTagStartsWith(in, at, length, "COMMIT")) {
                    state.committed();
                }
            }
            case 'D' -> {
                return discarded(link.conversation(), in, at, length);
            }
            default -> {}
        }
        return false;
    }

    private void unlistened(Conversation conversation, ByteBuf in, int at, int length) {
        if (conversation.subject() instanceof Effect.Listening orders
                && BackendBodies.commandTagStartsWith(in, at, length, "UNLISTEN")) {
            state.channels().done(orders);
        }
    }

    private void changed(Conversation conversation, Window window, ByteBuf in, int at, int length) {
        if (BackendBodies.commandTagStartsWith(in, at, length, "ROLLBACK")) {
            state.rolledBack();
        } else if (conversation.subject() instanceof Effect.Setting setting
                && (BackendBodies.commandTagStartsWith(in, at, length, "SET")
                        || BackendBodies.commandTagStartsWith(in, at, length, "RESET"))) {
            state.done(setting.statement());
        } else if (conversation.subject() instanceof Effect.Settings settings
                && isSet(in, at, length)) {
            state.done(settings);
        } else if (conversation.subject() instanceof Effect.Listening orders
                && BackendBodies.commandTagStartsWith(in, at, length, "LISTEN")) {
            state.channels().done(orders);
        } else if (window.hasUnread()) {
            pinByTag(in, at, length);
        }
    }

    /** Not SET CONSTRAINTS, which has a tag of its own. */
    private static boolean isSet(ByteBuf in, int at, int length) {
        return (length == "SET".length() + 1
                        && BackendBodies.commandTagStartsWith(in, at, length, "SET"))
                || BackendBodies.commandTagStartsWith(in, at, length, "RESET");
    }

    /** A statement that was not understood has changed the session, as its answer tells. */
    private void pinByTag(ByteBuf in, int at, int length) {
        for (String tag : TELLTALE_TAGS) {
            boolean whole = length == tag.length() + 1;
            if (whole && BackendBodies.commandTagStartsWith(in, at, length, tag)) {
                state.pin(tag + " in a request that was not understood");
            }
        }
    }

    private boolean discarded(Conversation conversation, ByteBuf in, int at, int length) {
        boolean all = BackendBodies.commandTagStartsWith(in, at, length, "DISCARD ALL");
        if (!all && !BackendBodies.commandTagStartsWith(in, at, length, "DEALLOCATE ALL")) {
            return false;
        }
        statements.clear();
        if (all) {
            state.clear(conversation.hasMoreBehindHead());
        }
        conversation.prepared().forgetAll();
        return true;
    }
}
