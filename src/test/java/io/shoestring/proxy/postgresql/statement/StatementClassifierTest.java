package io.shoestring.proxy.postgresql.statement;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

@Timeout(60)
class StatementClassifierTest {
    private static final StatementClassifier CLASSIFIER = StatementClassifier.ofBuiltInFunctions();

    static List<StatementTable.Row> table() throws IOException {
        return StatementTable.rows();
    }

    @ParameterizedTest
    @MethodSource("table")
    void classifiesEveryStatementOfTheTable(StatementTable.Row row) {
        Classification found = classify(row.sql());
        assertThat(new Classification(found.kind(), found.pins(), found.primaryHint(), true, false))
                .isEqualTo(row.expected());
    }

    @Test
    void readsHeapAndDirectBuffersAtAnyOffset() {
        byte[] sql = "xxSELECT 1 FOR UPDATEyy".getBytes(UTF_8);
        ByteBuf heap = Unpooled.wrappedBuffer(sql).slice(1, sql.length - 1);
        ByteBuf direct = Unpooled.directBuffer().writeBytes(sql);
        try {
            int length = "SELECT 1 ".length();
            assertThat(CLASSIFIER.classify(heap, 1, length, ClientEncoding.SAFE).kind())
                    .isEqualTo(StatementKind.READ);
            assertThat(CLASSIFIER.classify(direct, 2, length, ClientEncoding.SAFE).kind())
                    .isEqualTo(StatementKind.READ);
            assertThat(direct.readerIndex()).isZero();
        } finally {
            direct.release();
        }
    }

    @Test
    void understandsNothingInAnUnsafeEncoding() {
        ByteBuf sql = Unpooled.copiedBuffer("SELECT 1", UTF_8);
        assertThat(CLASSIFIER.classify(sql, 0, 8, ClientEncoding.UNSAFE))
                .isEqualTo(Classification.UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF8", "SQL_ASCII", "LATIN1", "EUC_JP", "WIN1252", "utf-8", "KOI8R"})
    void knowsEncodingsThatContainAscii(String name) {
        assertThat(ClientEncoding.of(name)).isEqualTo(ClientEncoding.SAFE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SJIS", "Shift_JIS", "BIG5", "GBK", "GB18030", "UHC", "JOHAB",
                "SHIFT_JIS_2004", "WIN932", "WIN936", "WIN949", "WIN950", "", "whatever"
            })
    void distrustsAllOtherEncodings(String name) {
        assertThat(ClientEncoding.of(name)).isEqualTo(ClientEncoding.UNSAFE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SET search_path = a | search_path",
                "set SESSION Statement_Timeout to 0 | statement_timeout",
                "SET my . setting = 1 | my.setting",
                "SET \"DateStyle\" TO iso | datestyle",
                "SET TIME ZONE 'UTC' | timezone",
                "SET SESSION TIME ZONE 'UTC' | timezone",
                "SET NAMES 'UTF8' | client_encoding",
                "SET SCHEMA 'a' | search_path",
                "SET x FROM CURRENT | x",
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY | session characteristics",
                "RESET ALL | all",
                "RESET search_path; | search_path",
                "SET ROLE x | role",
                "RESET SESSION AUTHORIZATION | session_authorization",
            })
    void tellsWhatASettingIsAbout(String sql, String name) {
        assertThat(settingName(sql)).contains(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1", "", ";", "SET", "SET =", "SET 'x'", "SET SESSION"})
    void tellsNothingAboutWhatIsNoSetting(String sql) {
        assertThat(settingName(sql)).isEmpty();
    }

    @Test
    void survivesAnyDepthOfParentheses() {
        assertThat(classify("SELECT " + "(".repeat(60) + "1" + ")".repeat(60)).kind())
                .isEqualTo(StatementKind.READ);
        assertThat(classify("SELECT " + "(".repeat(100_000) + "1" + ")".repeat(100_000)).kind())
                .isEqualTo(StatementKind.WRITE);
        assertThat(classify("SELECT " + "/*".repeat(100_000) + "*/".repeat(100_000)).kind())
                .isEqualTo(StatementKind.READ);
    }

    /** The best of several rounds, of this thread's own time: others may want the processor. */
    @Test
    void takesMicrosecondsForAShortStatement() {
        byte[] sql = "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;".getBytes(UTF_8);
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 10; round++) {
            best = Math.min(best, meanNanos(sql, 50_000));
        }
        System.out.println("classification of a short statement: " + best + " ns");
        assertThat(best).isLessThan(5_000);
    }

    private static long meanNanos(byte[] sql, int times) {
        var threads = ManagementFactory.getThreadMXBean();
        int reads = 0;
        long start = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            reads += CLASSIFIER.classify(sql, 0, sql.length).isRead() ? 1 : 0;
        }
        long total = threads.getCurrentThreadCpuTime() - start;
        assertThat(total).isPositive();
        assertThat(reads).isEqualTo(times);
        return total / times;
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.SECONDS)
    void takesLinearTimeForLongStatements() {
        for (String part : List.of("(", "'", "\"", "$a$", "$a", "/*", "--\n", "a.", "f(", ";")) {
            assertThat(classify("SELECT " + part.repeat(500_000)).kind()).isNotNull();
        }
    }

    private static Classification classify(String sql) {
        byte[] bytes = sql.getBytes(UTF_8);
        return CLASSIFIER.classify(bytes, 0, bytes.length);
    }

    private static Optional<String> settingName(String sql) {
        ByteBuf in = Unpooled.copiedBuffer(sql, UTF_8);
        return CLASSIFIER.settingName(in, 0, in.readableBytes());
    }
}
