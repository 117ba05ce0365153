package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

class PlainCommitTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMMIT",
                "commit",
                " Commit ; ",
                "END",
                "commit\n  work",
                "end TRANSACTION;"
            })
    void thesePlainlyCommit(String sql) {
        assertThat(isPlain(sql)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "commit and chain", "commit prepared 'x'", "prepare transaction 'x'",
                "commit; commit", "commit /* here */", "commits", "rollback"
            })
    void theseDoNot(String sql) {
        assertThat(isPlain(sql)).isFalse();
    }

    private static boolean isPlain(String sql) {
        byte[] bytes = sql.getBytes(StandardCharsets.US_ASCII);
        return PlainCommit.is(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    }
}
