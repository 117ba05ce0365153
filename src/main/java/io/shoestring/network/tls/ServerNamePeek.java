package io.shoestring.network.tls;

import static java.util.Objects.requireNonNull;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads the name that a TLS client asks for (RFC 6066 section 3), without touching its bytes: they
 * go on as they came. Whoever speaks no TLS asks for no name.
 */
public final class ServerNamePeek extends AbstractSniHandler<String> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int CLIENT_HELLO_BYTES_MAX = 16 << 10;

    private final Consumer<Optional<String>> found;

    /**
     * @param found is told the name once, in lower case, before the first byte goes on
     */
    public ServerNamePeek(Consumer<Optional<String>> found) {
        super(CLIENT_HELLO_BYTES_MAX, PATIENCE.toMillis());
        this.found = requireNonNull(found, "found is null");
    }

    @Override
    protected Future<String> lookup(ChannelHandlerContext context, @Nullable String name) {
        return context.executor().newSucceededFuture(name == null ? "" : name);
    }

    @Override
    protected void onLookupComplete(
            ChannelHandlerContext context, @Nullable String name, Future<String> known) {
        found.accept(Optional.ofNullable(name).map(each -> each.toLowerCase(Locale.ROOT)));
        context.pipeline().remove(this);
    }
}
