package io.shoestring.health;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.shoestring.base.Clock;
import io.shoestring.config.BackendConfig.ProxyProtocol;
import io.shoestring.network.EventLoops;
import io.shoestring.network.proxyheader.ProxyHeader;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** One check: a connection, a conversation, a verdict. Everything happens on one event loop. */
final class Probe extends ChannelInboundHandlerAdapter {
    /** More than this no answer needs. */
    private static final int MOST_BYTES = 65_536;

    private final ProxyProtocol introduced;
    private final Function<ByteBufAllocator, Optional<SslHandler>> tls;
    private final Optional<Conversation> conversation;
    private final Consumer<Verdict> verdicts;
    private final Clock clock;
    private final long startedNanos;
    private final ByteBuf received = Unpooled.buffer(256, MOST_BYTES);
    private @Nullable Channel channel;
    private @Nullable Future<?> deadline;
    private boolean connected;
    private boolean shakesHands;
    private boolean over;

    private Probe(
            ProxyProtocol introduced,
            Function<ByteBufAllocator, Optional<SslHandler>> tls,
            Optional<Conversation> conversation,
            Clock clock,
            Consumer<Verdict> verdicts) {
        this.introduced = introduced;
        this.tls = tls;
        this.conversation = conversation;
        this.clock = clock;
        this.verdicts = verdicts;
        this.startedNanos = clock.nanos();
    }

    /**
     * Begins a check on {@code loop}, where {@code verdicts} is called once.
     *
     * @param conversation empty: it is enough that the connection opens
     * @param timeoutMillis of the whole
     * @param introduced the version of the PROXY protocol that the server expects first
     * @param tls what is spoken behind that, if it is
     */
    static void start(
            EventLoops loops,
            EventLoop loop,
            Clock clock,
            InetSocketAddress address,
            long timeoutMillis,
            ProxyProtocol introduced,
            Function<ByteBufAllocator, Optional<SslHandler>> tls,
            Optional<Conversation> conversation,
            Consumer<Verdict> verdicts) {
        var probe = new Probe(introduced, tls, conversation, clock, verdicts);
        ChannelFuture connecting =
                loops.connector(loop, probe)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(timeoutMillis))
                        .connect(address);
        probe.channel = connecting.channel();
        probe.deadline = loop.schedule(probe::timeOut, timeoutMillis, TimeUnit.MILLISECONDS);
        connecting.addListener((ChannelFuture done) -> probe.connected(done));
    }

    private void connected(ChannelFuture done) {
        if (over) {
            done.channel().close();
        } else if (!done.isSuccess()) {
            boolean late = done.cause() instanceof ConnectTimeoutException;
            end(
                    late
                            ? Verdict.failed(Verdict.Code.L4TOUT, "connection timed out")
                            : Verdict.failed(Verdict.Code.L4CON, reason(done.cause())));
        } else {
            Channel opened = done.channel();
            tls.apply(opened.alloc())
                    .ifPresentOrElse(
                            handler -> shakeHands(opened, handler),
                            () -> begin(opened, Verdict.passed(Verdict.Code.L4OK, "connected")));
        }
    }

    private void shakeHands(Channel opened, SslHandler handler) {
        shakesHands = true;
        introduce(opened);
        handler.setHandshakeTimeoutMillis(0);
        handler.handshakeFuture()
                .addListener(
                        shaken -> {
                            shakesHands = false;
                            if (over) {
                                return;
                            }
                            if (shaken.isSuccess()) {
                                begin(opened, Verdict.passed(Verdict.Code.L6OK, "TLS is spoken"));
                            } else {
                                end(Verdict.failed(Verdict.Code.L6RSP, tlsReason(shaken.cause())));
                            }
                        });
        opened.pipeline().addFirst(handler);
    }

    private static String tlsReason(Throwable cause) {
        String message = cause.getMessage();
        return "TLS: " + (message == null ? "the server closed the connection" : message);
    }

    /**
     * The connection can be used.
     *
     * @param enough the verdict if nothing is to be said
     */
    private void begin(Channel opened, Verdict enough) {
        connected = true;
        conversation.ifPresentOrElse(
                talk -> {
                    if (opened.pipeline().get(SslHandler.class) == null) {
                        introduce(opened);
                    }
                    send(talk.opening());
                },
                () -> end(enough));
    }

    private void introduce(Channel opened) {
        if (introduced != ProxyProtocol.NONE) {
            ByteBuf header = opened.alloc().directBuffer(32);
            ProxyHeader.OWN.writeTo(header, introduced);
            opened.writeAndFlush(header);
        }
    }

    private static String reason(Throwable cause) {
        // Netty adds the address to the message of the cause, which says it plainly.
        Throwable plain = cause.getCause() == null ? cause : cause.getCause();
        String message = plain.getMessage();
        if (message == null) {
            return plain.getClass().getSimpleName();
        }
        int call = message.lastIndexOf("): ");
        return call < 0 ? message : message.substring(call + 3).toLowerCase(Locale.ROOT);
    }

    private void say(String text) {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private void send(byte[] text) {
        if (text.length > 0 && channel != null) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(text));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof ByteBuf bytes && !over) {
                received.writeBytes(
                        bytes, Math.min(bytes.readableBytes(), received.maxWritableBytes()));
                look(received.writableBytes() == 0 && received.maxWritableBytes() == 0);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!over && connected) {
            look(true);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!shakesHands) {
            end(Verdict.failed(Verdict.Code.L7RSP, reason(cause)));
        }
    }

    private void look(boolean ended) {
        if (conversation.isEmpty()) {
            return;
        }
        switch (conversation.get().read(ByteBufUtil.getBytes(received), ended)) {
            case Conversation.Step.Wait _ -> {
                if (ended) {
                    end(Verdict.failed(Verdict.Code.L7RSP, "the answer is cut off"));
                }
            }
            case Conversation.Step.Say(var text) -> {
                received.clear();
                say(text);
            }
            case Conversation.Step.Done(var verdict, var goodbye) -> {
                say(goodbye);
                end(verdict);
            }
        }
    }

    private void timeOut() {
        end(
                shakesHands
                        ? Verdict.failed(Verdict.Code.L6TOUT, "TLS was not agreed on in time")
                        : connected
                                ? Verdict.failed(lateness(), "no answer in time")
                                : Verdict.failed(Verdict.Code.L4TOUT, "connection timed out"));
    }

    private Verdict.Code lateness() {
        return conversation.map(Conversation::lateness).orElse(Verdict.Code.L4TOUT);
    }

    private void end(Verdict verdict) {
        if (over) {
            return;
        }
        over = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
        close(verdict);
        long millis = TimeUnit.NANOSECONDS.toMillis(clock.nanos() - startedNanos);
        verdicts.accept(verdict.after(millis));
    }

    /** A connection that was only opened is reset, so that no port waits for its end. */
    private void close(Verdict verdict) {
        if (channel == null) {
            return;
        }
        if (conversation.isEmpty() && verdict.passed()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            channel.close();
        } else {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
