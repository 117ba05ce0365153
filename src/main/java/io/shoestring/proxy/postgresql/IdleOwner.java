package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;

/** Owns a server connection that nobody uses: what it says now concerns nobody. */
final class IdleOwner implements LinkOwner {
    private final PreparedStatements none = new PreparedStatements();

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
    public void parameterChanged(String name, String value) {}

    @Override
    public PreparedStatements statements() {
        return none;
    }

    @Override
    public void ready(ServerLink link) {}

    @Override
    public void restored(ServerLink link) {}

    @Override
    public void answered(ServerLink link) {}

    @Override
    public void answeredAgain(ServerLink link) {}

    @Override
    public void differs(ServerLink link) {}

    @Override
    public void copies(ServerLink link) {}

    @Override
    public void failed() {}

    @Override
    public void completed(ServerLink link, ByteBuf in, int at, int length) {}

    @Override
    public void refused(boolean writes) {}

    @Override
    public void writabilityChanged() {}

    @Override
    public void connectFailed(ServerLink link) {}

    @Override
    public void closed(ServerLink link) {}
}
