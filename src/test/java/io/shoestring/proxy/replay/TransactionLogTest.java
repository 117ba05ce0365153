package io.shoestring.proxy.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

class TransactionLogTest {
    private final TransactionLog<String> log = new TransactionLog<>();

    private static ByteBuf bytes(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void hear(AnswerHash hash, String text) {
        hash.add(bytes(text), 0, text.length());
    }

    @Test
    void theHashIsTheSameHoweverTheBytesAreCut() {
        Random random = new Random(7);
        byte[] content = new byte[10_000];
        random.nextBytes(content);
        ByteBuf in = Unpooled.wrappedBuffer(content);
        AnswerHash whole = new AnswerHash();
        whole.add(in, 0, content.length);
        for (int trial = 0; trial < 200; trial++) {
            AnswerHash pieces = new AnswerHash();
            for (int at = 0; at < content.length; ) {
                int length = Math.min(content.length - at, random.nextInt(40));
                pieces.add(in, at, length);
                at += length;
            }
            assertThat(pieces.value()).isEqualTo(whole.value());
            assertThat(pieces.bytes()).isEqualTo(content.length);
        }
    }

    @Test
    void everyByteAndEveryLengthCounts() {
        Set<Long> values = new HashSet<>();
        byte[] content = new byte[64];
        for (int length = 0; length <= content.length; length++) {
            AnswerHash hash = new AnswerHash();
            hash.add(Unpooled.wrappedBuffer(content), 0, length);
            assertThat(values.add(hash.value())).isTrue();
        }
        for (int bit = 0; bit < content.length * 8; bit++) {
            byte[] other = content.clone();
            other[bit / 8] ^= (byte) (1 << bit % 8);
            AnswerHash hash = new AnswerHash();
            hash.add(Unpooled.wrappedBuffer(other), 0, other.length);
            assertThat(values.add(hash.value())).isTrue();
        }
    }

    @Test
    void whatIsAskedAgainIsComparedAnswerByAnswer() {
        log.begin(10_000);
        assertThat(log.add("one", bytes("select 1"))).isTrue();
        hear(log.hash(), "1");
        log.answered();
        assertThat(log.add("two", bytes("select 22"))).isTrue();
        hear(log.hash(), "22");
        log.answered();
        assertThat(log.add("three", bytes("select 3"))).isTrue();
        hear(log.hash(), "partly");
        assertThat(log.size()).isEqualTo(3);
        assertThat(log.answeredCount()).isEqualTo(2);
        assertThat(log.partialBytes()).isEqualTo(6);
        assertThat(log.request(1)).isEqualTo("two");
        ByteBuf out = Unpooled.buffer();
        log.writeTo(out, 1);
        assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("select 22");
        assertThat(log.length(1)).isEqualTo(9);

        AnswerHash again = new AnswerHash();
        hear(again, "1");
        assertThat(log.isAsBefore(0, again)).isTrue();
        AnswerHash other = new AnswerHash();
        other.become(again);
        hear(again, "22");
        assertThat(log.isAsBefore(1, again)).isTrue();
        hear(other, "23");
        assertThat(log.isAsBefore(1, other)).isFalse();
    }

    @Test
    void itIsBoundedInBytesAndInRequests() {
        log.begin(1_000);
        assertThat(log.add("long", bytes("x".repeat(700)))).isTrue();
        assertThat(log.add("more", bytes("x".repeat(50)))).isFalse();
        log.begin(1_000);
        int count = 0;
        while (log.add("empty", bytes(""))) {
            count++;
        }
        assertThat(count).isBetween(1, 10);
        log.begin(100_000);
        for (int i = 0; i < 100; i++) {
            assertThat(log.add("r" + i, bytes("statement " + i))).isTrue();
        }
        assertThat(log.request(99)).isEqualTo("r99");
        log.clear();
        assertThat(log.size()).isZero();
    }
}
