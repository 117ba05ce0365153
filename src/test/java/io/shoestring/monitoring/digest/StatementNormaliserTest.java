package io.shoestring.monitoring.digest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.Random;

@Timeout(60)
class StatementNormaliserTest {
    private final StatementNormaliser postgresql = new StatementNormaliser(Dialect.POSTGRESQL);
    private final StatementNormaliser mysql = new StatementNormaliser(Dialect.MYSQL);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "SELECT  name FROM Users\tWHERE id = 42 | select name from users where id=?",
                "select 'it''s', E'a\\'b', $$x'y$$, $t$ 1 $t$, B'01' | select ?+",
                "select * from t where a in (1, 2,3) and b in (7) | ^select * from t where a in(?+)"
                        + " and b in(?+)^",
                "insert into t (a,b) values (1,'x'),(2,'y') , (3,'z'); | insert into t(a,b)"
                        + " values(?+)+",
                "insert into t values (1), (2) | insert into t values(?+)+",
                "insert into t values (1,now(),'x'), (2,now(),'y') | insert into t"
                        + " values(?,now(),?)+",
                "select f(1), g(1, 2) | select f(?),g(?+)",
                "select a from t where b is null and c = null and d is not null | select a from t"
                        + " where b is null and c=? and d is not null",
                "select a-1, b - -1, c from t limit -1 offset +5 | select a-?,b-?,c from t limit ?"
                        + " offset ?",
                "select 0x1F, 1_000, 1.5e-7, .5, 1e9, c | select ?+,c",
                "select $1::date, '2020-01-01'::date | select ?::date,?::date",
                "/* who */ select 1 -- why | select ?",
                "select /* a /* nested */ b */ 2 | select ?",
                "select \"Weird \"\"Name\" from \"T\" | select \"Weird \"\"Name\" from \"T\"",
                "select data -> 'k' ? 'x' from j | select data->? ? ? from j",
                "savepoint sp_1 | savepoint ?",
                "select * from log_20261121, t1 | ^select * from log_#,t1^",
                "select array[1,2,3] | select array[?+]",
                "set application_name = 'x y' | set application_name=?",
                "begin; update t set a = 5; commit; | begin;update t set a=?;commit",
            })
    void takesTheValuesOut(String sql, String digest) {
        // Blanks around operators are a matter of taste; what stands in the table is compared.
        assertThat(of(postgresql, sql)).isEqualToIgnoringWhitespace(digest);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "select \"a string\", 'it\\'s', _utf8'x', ? | select ?+",
                "select `Name` from `T` # to the end | select `Name` from `T`",
                "select 1 /*!50000 straight_join */ from t | select ? straight_join from t",
                "select /*+ MAX_EXECUTION_TIME(1) */ a from t | select /*+ MAX_EXECUTION_TIME(1) */"
                        + " a from t",
                "select 5--1 | select ?-?",
                "select @v, @@session.x | select @v,@@session.x",
            })
    void knowsTheRulesOfMysql(String sql, String digest) {
        assertThat(of(mysql, sql)).isEqualToIgnoringWhitespace(digest);
    }

    @Test
    void whatDiffersOnlyInValuesIsTheSame() {
        String one = "select * from t where a = 'x' and b in (1,2,3)";
        String other = "SELECT *\nFROM t\nWHERE a='y''z' AND b IN (4)";
        assertThat(digest(postgresql, one)).isEqualTo(digest(postgresql, other));
        assertThat(digest(postgresql, one).id())
                .isNotEqualTo(digest(postgresql, "select * from u where a=1").id());
    }

    @Test
    void noValueIsKeptOfWhatCannotBeReadToItsEnd() {
        for (String sql :
                new String[] {
                    "select 'secret", "select E'secret\\", "select $a$secret", "select 'secret''"
                }) {
            assertThat(of(postgresql, sql)).isEqualTo("select ?");
        }
        assertThat(of(mysql, "select \"secret")).isEqualTo("select ?");
    }

    @Test
    void aLongStatementIsReadInPart() {
        String list = "select * from t where a in (" + "'secret',".repeat(9_000) + "1)";
        assertThat(of(postgresql, list)).startsWith("select * from t where a in(?+").endsWith("~");
        assertThat(of(postgresql, list)).hasSizeLessThan(40);
        String wide = "select " + "a_long_column_name,".repeat(800) + "b";
        assertThat(of(postgresql, wide).length()).isEqualTo(Template.LENGTH_MAX);
    }

    @Test
    void garbageIsNoTrouble() {
        Random random = new Random(1);
        byte[] alphabet =
                "ab0.'\"`$(),[];-+*/#?!\\ \n_eExX:@=<".getBytes(StandardCharsets.US_ASCII);
        for (int round = 0; round < 200_000; round++) {
            byte[] sql = new byte[random.nextInt(40)];
            for (int i = 0; i < sql.length; i++) {
                sql[i] =
                        random.nextInt(20) == 0
                                ? (byte) random.nextInt(256)
                                : alphabet[random.nextInt(alphabet.length)];
            }
            assertThat(postgresql.digest(sql, 0, sql.length)).isNotNull();
            assertThat(mysql.digest(sql, 0, sql.length)).isNotNull();
        }
    }

    private static String of(StatementNormaliser normaliser, String sql) {
        return digest(normaliser, sql).text();
    }

    private static Digest digest(StatementNormaliser normaliser, String sql) {
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        return normaliser.digest(bytes, 0, bytes.length);
    }
}
