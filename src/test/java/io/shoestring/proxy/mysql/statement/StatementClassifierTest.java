package io.shoestring.proxy.mysql.statement;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** What statements are, by their texts. */
class StatementClassifierTest {
    private static Classification classify(String sql) {
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        return StatementClassifier.classify(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "  select a.b, `c d` from t where x in (1, 2) and y = 'it''s';",
                "SELECT count(*), concat(a, 'x') FROM t -- all\n JOIN u USING (id) # more",
                "(SELECT a FROM t) UNION ALL (SELECT b FROM u) ORDER BY 1 LIMIT 3",
                "SELECT CASE WHEN a > 0 THEN (b) ELSE (c) END FROM t WHERE EXISTS (SELECT 1)",
                "SELECT date_add(now(), INTERVAL (1+2) DAY), \"x\" /* comment */ FROM t",
                "SELECT sum(n) OVER (PARTITION BY k) FROM t"
            })
    void reads(String sql) {
        assertThat(classify(sql).kind()).isEqualTo(StatementKind.READ);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT f(1)",
                "SELECT s.count(1)",
                "SELECT `count`(1) FROM t FOR UPDATE",
                "SELECT a FROM t LOCK IN SHARE MODE",
                "SELECT a INTO OUTFILE '/tmp/x' FROM t",
                "SELECT @a := 1",
                "SELECT @a",
                "SELECT @@server_id",
                "SELECT next value for s",
                "SELECT nextval(s)",
                "SELECT last_insert_id()",
                "SELECT found_rows()",
                "SELECT get_lock('a', 1)",
                "SELECT sleep (1)",
                "SELECT 1; DELETE FROM t",
                "SELECT 'a\\' , f(), '",
                "SELECT /*! f() */ 1",
                "SELECT /*M! f() */ 1",
                "SELECT 'open",
                "SELECT (1",
                "SELECT sql_calc_found_rows a FROM t LIMIT 1",
                "SELECT * FROM information_schema.processlist",
                "WITH a AS (SELECT 1) DELETE FROM t",
                "VALUES (1)",
                "CALL p()",
                "",
                ";"
            })
    void isNoRead(String sql) {
        assertThat(classify(sql).kind()).isNotEqualTo(StatementKind.READ);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    BEGIN                            | BEGIN
                    begin work                       | BEGIN
                    BEGIN NOT ATOMIC DELETE FROM t; END | OTHER
                    START TRANSACTION READ ONLY      | BEGIN
                    START SLAVE                      | OTHER
                    COMMIT                           | COMMIT
                    COMMIT AND CHAIN                 | OTHER
                    ROLLBACK                         | ROLLBACK
                    ROLLBACK TO SAVEPOINT a          | ROWS
                    INSERT INTO t VALUES (1)         | CHANGE
                    INSERT INTO t VALUES (1); COMMIT | OTHER
                    SET NAMES utf8mb4                | SESSION
                    SET autocommit = 1               | AUTOCOMMIT
                    SET GLOBAL read_only = 1         | OTHER
                    SET @a = 1                       | SESSION
                    SHOW TABLES                      | SESSION
                    KILL QUERY 5                     | KILL
                    CREATE TABLE t (id INT)          | OTHER
                    TRUNCATE t                       | OTHER
                    XA COMMIT 'a'                    | OTHER
                    """)
    void isOfThisKind(String sql, StatementKind kind) {
        assertThat(classify(sql).kind()).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    SET @a = 1                          | USER_VARIABLE
                    SELECT 1 INTO @x                    | USER_VARIABLE
                    CREATE TEMPORARY TABLE t (id INT)   | TEMPORARY_TABLE
                    SELECT get_lock('a', 1)             | LOCK
                    LOCK TABLES t WRITE                 | LOCK
                    PREPARE s FROM 'SELECT 1'           | PREPARED_BY_SQL
                    HANDLER t OPEN                      | HANDLER
                    SET timestamp = 5                   | VALUE_FOR_ONE_STATEMENT
                    """)
    void tiesTheSession(String sql, PinReason reason) {
        assertThat(classify(sql).pins()).contains(reason);
    }

    @Test
    void questionsAboutTheStatementBefore() {
        assertThat(classify("SHOW WARNINGS").lastAnswer()).isTrue();
        assertThat(classify("SHOW COUNT(*) ERRORS").lastAnswer()).isTrue();
        assertThat(classify("SELECT FOUND_ROWS()").lastAnswer()).isTrue();
        assertThat(classify("SHOW TABLES").lastAnswer()).isFalse();
    }

    @Test
    void noTextBreaksIt() {
        String letters = "SELECT f()'`\"@:=;-# /*!*\\\n x1,FORINTO";
        for (int seed = 0; seed < 50_000; seed++) {
            Random random = new Random(seed);
            StringBuilder sql = new StringBuilder("SELECT ");
            for (int i = random.nextInt(20); i > 0; i--) {
                sql.append(letters.charAt(random.nextInt(letters.length())));
            }
            assertThat(classify(sql.toString())).as("seed %d", seed).isNotNull();
        }
    }

    @Test
    void whatOnlyTheOwnConnectionAnswersLeavesNothingBehind() {
        assertThat(classify("SELECT connection_id()").kind()).isEqualTo(StatementKind.ROWS);
        assertThat(classify("SELECT connection_id()").calls()).isFalse();
        assertThat(classify("SELECT mine()").calls()).isTrue();
        assertThat(classify("SELECT 1 INTO OUTFILE '/tmp/x'").calls()).isTrue();
    }
}
