package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.SessionChange;

import java.util.List;

/** Owns a server connection that no client uses: what comes on it concerns none of them. */
class IdleOwner implements LinkOwner {
    private final MysqlContext context;

    IdleOwner(MysqlContext context) {
        this.context = context;
    }

    @Override
    public boolean isClient() {
        return false;
    }

    @Override
    public long now() {
        return context.clock().nanos();
    }

    @Override
    public void ready(ServerLink link, OkPacket ok) {}

    @Override
    public void refused(ServerLink link, ErrorPacket error) {}

    @Override
    public void unreachable(ServerLink link, String why) {}

    @Override
    public void lost(ServerLink link, String why) {}

    @Override
    public void answer(ByteBuf bytes) {
        bytes.release();
    }

    @Override
    public List<SessionChange> changed(
            ServerLink link, Exchange exchange, List<SessionChange> changes) {
        return List.of();
    }

    @Override
    public int prepared(
            ServerLink link, Exchange exchange, int serverId, ByteBuf packet, int body) {
        return serverId;
    }

    @Override
    public void fileWanted(ServerLink link) {
        link.end();
    }

    @Override
    public void answered(ServerLink link, Exchange exchange) {}

    @Override
    public void flush() {}

    @Override
    public void linkWritabilityChanged(boolean writable) {}
}
