package io.shoestring.consensus.etcd;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * The body of a refusal as far as it can be read. Etcd ends these with a trailer (RFC 9112, section
 * 7.1.2), on which the JDK's client fails; the status came before it, and is what counts.
 */
final class JsonBody implements BodySubscriber<byte[]> {
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private JsonBody() {}

    /** Answers whole, refusals as far as they can be read. */
    static BodyHandler<byte[]> handler() {
        return head -> head.statusCode() == 200 ? BodySubscribers.ofByteArray() : new JsonBody();
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            byte[] part = new byte[buffer.remaining()];
            buffer.get(part);
            bytes.writeBytes(part);
        }
    }

    @Override
    public void onError(Throwable thrown) {
        body.complete(bytes.toByteArray());
    }

    @Override
    public void onComplete() {
        body.complete(bytes.toByteArray());
    }
}
