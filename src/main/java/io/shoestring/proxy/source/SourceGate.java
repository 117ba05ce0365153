package io.shoestring.proxy.source;

import static java.util.Objects.requireNonNull;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.shoestring.network.Abrupt;
import io.shoestring.network.proxyheader.ClientAddress;
import io.shoestring.network.proxyheader.ProxyHeader;

import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Stands before everything that is about the client's own bytes: lets a connection pass and goes
 * away, or resets it. Who was refused before it said a word does not exist for those behind.
 */
public final class SourceGate extends ChannelInboundHandlerAdapter {
    private final Sources sources;
    private final boolean waitsForHeader;
    private final Consumer<String> refused;
    private boolean shut;
    private boolean silent;

    /**
     * @param waitsForHeader whether a PROXY header says whose connection it is
     * @param refused is told in a clause who was refused, and why
     */
    public SourceGate(Sources sources, boolean waitsForHeader, Consumer<String> refused) {
        this.sources = requireNonNull(sources, "sources is null");
        this.waitsForHeader = waitsForHeader;
        this.refused = requireNonNull(refused, "refused is null");
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (waitsForHeader) {
            context.fireChannelActive();
            return;
        }
        silent = true;
        if (admits(context)) {
            context.fireChannelActive();
            context.pipeline().remove(this);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (!(event instanceof ProxyHeader) || shut) {
            context.fireUserEventTriggered(event);
        } else if (admits(context)) {
            context.fireUserEventTriggered(event);
            context.pipeline().remove(this);
        }
    }

    private boolean admits(ChannelHandlerContext context) {
        InetAddress client = ClientAddress.of(context.channel()).getAddress();
        Sources.Verdict verdict = sources.admit(client);
        Optional<String> refusal = verdict.refusal();
        if (refusal.isPresent()) {
            shut = true;
            refused.accept(client.getHostAddress() + ": " + refusal.get());
            Abrupt.close(context.channel());
        } else if (verdict.counted()) {
            context.channel().closeFuture().addListener(_ -> sources.left(client));
        }
        return refusal.isEmpty();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (shut) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!shut || !silent) {
            context.fireChannelInactive();
        }
    }
}
