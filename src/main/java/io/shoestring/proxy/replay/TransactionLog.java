package io.shoestring.proxy.replay;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.shoestring.base.Check;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * The requests of one open transaction, in order, with the bytes of each, and where the hash of all
 * answers stood when each had its last. Bounded in bytes; used by one event loop only.
 *
 * <pre>
 *   requests   r0   r1   r2   r3   r4        size 5
 *   answers    a0   a1   a2   a…             answered 3; of a3 a part has come
 *   on another server: r0 r1 r2 are asked again and must be answered alike; r3 r4 are asked again
 *   and their answers are the client's, except for the part of a3 that it has
 * </pre>
 *
 * @param <R> a request
 */
public final class TransactionLog<R> {
    /** What a request costs beyond its bytes, roughly. */
    private static final int REQUEST_BYTES = 256;

    private static final int INITIAL_REQUESTS = 8;
    private static final int INITIAL_BYTES = 512;
    private static final int KEPT_BYTES_MAX = 4_096;

    private final AnswerHash hash = new AnswerHash();
    private @Nullable Object[] requests = new @Nullable Object[0];
    private int[] ends = new int[0];
    private long[] hashes = new long[0];
    private long[] answerBytes = new long[0];
    private byte[] bytes = new byte[0];
    private int size;
    private int answered;
    private int limit;

    /**
     * A transaction begins; nothing is left of the one before.
     *
     * @param bytesMax what its requests may take
     */
    public void begin(int bytesMax) {
        clear();
        limit = bytesMax;
        hash.reset();
    }

    /** Forgets everything, and what is much of memory. */
    public void clear() {
        Arrays.fill(requests, 0, size, null);
        size = 0;
        answered = 0;
        if (bytes.length > KEPT_BYTES_MAX) {
            bytes = new byte[0];
            requests = new @Nullable Object[0];
            ends = new int[0];
            hashes = new long[0];
            answerBytes = new long[0];
        }
    }

    /**
     * A request leaves. Copies its bytes.
     *
     * @return false: there is no room for it, and the log is of no use any more
     */
    public boolean add(R request, ByteBuf message) {
        int length = message.readableBytes();
        int end = usedBytes() + length;
        if ((long) end + (size + 1L) * REQUEST_BYTES > limit) {
            return false;
        }
        makeRoom(end);
        message.getBytes(message.readerIndex(), bytes, end - length, length);
        requests[size] = request;
        ends[size] = end;
        size++;
        return true;
    }

    private int usedBytes() {
        return size == 0 ? 0 : ends[size - 1];
    }

    private void makeRoom(int end) {
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(INITIAL_BYTES, Math.max(end, 2 * bytes.length)));
        }
        if (size == requests.length) {
            int length = Math.max(INITIAL_REQUESTS, 2 * size);
            requests = Arrays.copyOf(requests, length);
            ends = Arrays.copyOf(ends, length);
            hashes = Arrays.copyOf(hashes, length);
            answerBytes = Arrays.copyOf(answerBytes, length);
        }
    }

    /** What the client has been answered so far; whoever passes answers on adds to it. */
    public AnswerHash hash() {
        return hash;
    }

    /** The oldest request without a complete answer has its last byte now. */
    public void answered() {
        Check.that(answered < size, "an answer to nothing");
        hashes[answered] = hash.value();
        answerBytes[answered] = hash.bytes();
        answered++;
    }

    /** How many requests there are. */
    public int size() {
        return size;
    }

    /** How many of them, the oldest, have been answered. */
    public int answeredCount() {
        return answered;
    }

    /** How many bytes have come of the answer that is not complete. */
    public long partialBytes() {
        return hash.bytes() - (answered == 0 ? 0 : answerBytes[answered - 1]);
    }

    @SuppressWarnings("unchecked") // Only add() puts something in.
    public R request(int index) {
        Check.that(index < size, "no such request");
        return (R) requireNonNull(requests[index], "a request is null");
    }

    /** Copies the bytes of a request to {@code out}. */
    public void writeTo(ByteBuf out, int index) {
        Check.that(index < size, "no such request");
        int begin = index == 0 ? 0 : ends[index - 1];
        out.writeBytes(bytes, begin, ends[index] - begin);
    }

    /** How many bytes a request has. */
    public int length(int index) {
        return ends[index] - (index == 0 ? 0 : ends[index - 1]);
    }

    /**
     * Whether another server has answered the same.
     *
     * @param index of the request that it has just answered
     * @param again of all its answers, from the first request's on
     */
    public boolean isAsBefore(int index, AnswerHash again) {
        Check.that(index < answered, "this request was not answered before");
        return hashes[index] == again.value() && answerBytes[index] == again.bytes();
    }
}
