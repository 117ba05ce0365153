package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.shoestring.proxy.postgresql.statement.StatementKind;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

class PlainTextTest {
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BEGIN",
                "begin;",
                "START  transaction",
                "begin isolation level serializable"
            })
    void theseBeginAndNobodyRefuses(String sql) {
        assertThat(isPlain(StatementKind.BEGIN, sql)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "begin read",
                "begin isolation level x",
                "begin transaction snapshot",
                "beginn"
            })
    void theseMayBeRefused(String sql) {
        assertThat(isPlain(StatementKind.BEGIN, sql)).isFalse();
    }

    private static boolean isPlain(String sql) {
        return isPlain(StatementKind.COMMIT, sql);
    }

    private static boolean isPlain(StatementKind kind, String sql) {
        byte[] bytes = sql.getBytes(StandardCharsets.US_ASCII);
        return PlainText.isPlain(kind, Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    }
}
