package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.OkPacket;
import io.shoestring.protocol.mysql.ServerStatus;

import java.util.Optional;

/** How a client comes in: with the OK of the first server that lets it in. On its event loop. */
final class Welcome {
    private final SessionContext context;
    private final ClientConnection client;
    private final Conclusion conclusion;
    private Optional<OkPacket> ok = Optional.empty();
    private boolean over;

    Welcome(SessionContext context, Conclusion conclusion) {
        this.context = context;
        this.client = context.client();
        this.conclusion = conclusion;
    }

    /** Whether the client is in. */
    boolean isOver() {
        return over;
    }

    /** A server has let it in. */
    void answered(OkPacket by) {
        ok = Optional.of(by);
        context.state().answered(by.status(), true);
    }

    /** A connection that was there before serves it: nobody has said anything. */
    void isServedBy(ServerLink link) {
        if (ok.isEmpty()) {
            answered(OkPacket.plain(link.fresh().autocommit() ? ServerStatus.AUTOCOMMIT : 0));
        }
    }

    /** The client hears that it is in. */
    void say(ServerLink link) {
        over = true;
        if (context.identity().credentials() instanceof Credentials.Password password) {
            context.listener().passwordCache().keep(context.identity().user(), password.bytes());
        }
        link.reported().ifPresent(context.state()::tracked);
        client.welcomed();
        OkPacket said = ok.orElseGet(() -> OkPacket.plain(0));
        ByteBuf out = client.allocator().buffer(64);
        said.with(conclusion.shown(said.changes())).write(out, client.nextNumber());
        client.write(out);
        client.compressIfAsked(context.identity());
        client.flush();
    }
}
