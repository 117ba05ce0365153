package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.shoestring.admin.api.Json;
import io.shoestring.model.Event;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;

/** One follower. Used by the stream's thread only. */
final class StreamClient {
    private final Channel channel;
    private final BooleanSupplier allowed;
    private long lastSequence;
    private @Nullable String owedStatus;
    private @Nullable ChannelFuture lastWrite;

    StreamClient(Channel channel, BooleanSupplier allowed) {
        this.channel = requireNonNull(channel, "channel is null");
        this.allowed = requireNonNull(allowed, "allowed is null");
    }

    boolean isAllowed() {
        return allowed.getAsBoolean();
    }

    boolean isOpen() {
        return channel.isActive();
    }

    /** What the client does not want because it is older. */
    void skipTo(long sequence) {
        lastSequence = sequence;
    }

    void send(Event event) {
        if (event.sequence() > lastSequence) {
            lastSequence = event.sequence();
            write("event", Json.write(event));
        }
    }

    /** Of several statuses that wait behind a slow connection only the newest is worth sending. */
    void sendStatus(String json) {
        owedStatus = json;
        payStatus();
    }

    void sendAlive(String json) {
        payStatus();
        write("alive", json);
    }

    private void payStatus() {
        boolean free = lastWrite == null || lastWrite.isDone();
        if (owedStatus != null && free) {
            write("status", owedStatus);
            owedStatus = null;
        }
    }

    private void write(String name, String json) {
        if (!channel.isWritable()) {
            close();
            return;
        }
        String text = "event: " + name + "\ndata: " + json + "\n\n";
        lastWrite =
                channel.writeAndFlush(
                        new DefaultHttpContent(
                                Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8))));
    }

    void close() {
        lastWrite = channel.close();
    }
}
