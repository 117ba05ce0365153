package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/** Owns a server connection that no client uses: what it says now concerns none of them. */
class IdleOwner implements LinkOwner {
    private final Consumer<ServerLink> opened;
    private final Runnable failed;
    private @Nullable PreparedStatements none;

    /** Of one that was used, or might have been. */
    IdleOwner() {
        this(link -> {}, () -> {});
    }

    /**
     * Of one that is opened although nobody asks for it.
     *
     * @param opened it is logged in; on its event loop
     * @param failed it never will be
     */
    IdleOwner(Consumer<ServerLink> opened, Runnable failed) {
        this.opened = opened;
        this.failed = failed;
    }

    @Override
    public void toClient(ByteBuf bytes) {
        bytes.release();
    }

    @Override
    public void flushClient() {}

    @Override
    public boolean hearsUnasked() {
        return false;
    }

    @Override
    public boolean passesNotification(ByteBuf in, int at) {
        return false;
    }

    @Override
    public void parameterChanged(String name, String value) {}

    @Override
    public PreparedStatements statements() {
        if (none == null) {
            none = new PreparedStatements();
        }
        return none;
    }

    @Override
    public void ready(ServerLink link) {
        opened.accept(link);
    }

    @Override
    public void restored(ServerLink link) {}

    @Override
    public boolean mayOpenBlocks() {
        return true;
    }

    @Override
    public void openedBlock(ServerLink link) {}

    @Override
    public void answered(ServerLink link) {}

    @Override
    public void answeredAgain(ServerLink link) {}

    @Override
    public void differs(ServerLink link) {}

    @Override
    public void copies(ServerLink link) {}

    @Override
    public void streams(ServerLink link) {}

    @Override
    public void failed() {}

    @Override
    public void completed(ServerLink link, ByteBuf in, int at, int length) {}

    @Override
    public boolean asksAnew(ServerLink link) {
        return false;
    }

    @Override
    public void refused(boolean writes) {}

    @Override
    public void writabilityChanged() {}

    @Override
    public void connectFailed(ServerLink link) {
        failed.run();
    }

    @Override
    public void closed(ServerLink link) {
        if (!link.login().isDone()) {
            failed.run();
        }
    }
}
