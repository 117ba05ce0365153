package io.shoestring.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.shoestring.monitoring.digest.Dialect;
import io.shoestring.monitoring.digest.Digest;
import io.shoestring.monitoring.digest.Shape;
import io.shoestring.monitoring.digest.StatementNormaliser;
import io.shoestring.proxy.postgresql.statement.StatementClassifier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Statements of one shape mean the same and are counted as the same: tried with random texts of the
 * bytes that matter, of which many have the same shape.
 */
class MeaningCacheTest {
    private static final StatementClassifier POSTGRESQL = StatementClassifier.ofBuiltInFunctions();
    private static final List<String> PIECES =
            List.of(
                    "1",
                    "0",
                    "27",
                    "9",
                    ".",
                    "'",
                    "''",
                    "'a'",
                    "'b1'",
                    "\"",
                    "\"q\"",
                    "-",
                    "/",
                    "*",
                    "e",
                    "x",
                    "a",
                    "_",
                    "$",
                    "$1",
                    "@",
                    " ",
                    "\n",
                    "(",
                    ")",
                    ",",
                    ";",
                    "+",
                    "#",
                    "\\",
                    "`",
                    ":",
                    "=",
                    "t1",
                    "é",
                    "E'1'",
                    "U&'1'",
                    "in (1, 2)",
                    "for update",
                    "into b",
                    "lower('a')",
                    "nextval('s')",
                    "set_config('a', '1', true)",
                    "limit 5");
    private static final List<String> BEGINNINGS =
            List.of("select ", "select a from t where a = ", "insert into t values (", "set a = ");

    private record Meaning(
            String text,
            io.shoestring.proxy.postgresql.statement.Classification postgresql,
            io.shoestring.proxy.mysql.statement.Classification mysql,
            Digest ofPostgresql,
            Digest ofMysql) {}

    private final StatementNormaliser ofPostgresql = new StatementNormaliser(Dialect.POSTGRESQL);
    private final StatementNormaliser ofMysql = new StatementNormaliser(Dialect.MYSQL);
    private final Shape shape = new Shape();

    private Meaning meaning(String text) {
        byte[] sql = text.getBytes(ISO_8859_1);
        return new Meaning(
                text,
                POSTGRESQL.classify(sql, 0, sql.length),
                io.shoestring.proxy.mysql.statement.StatementClassifier.classify(
                        sql, 0, sql.length),
                ofPostgresql.digest(sql, 0, sql.length),
                ofMysql.digest(sql, 0, sql.length));
    }

    private String shapeOf(String text) {
        byte[] sql = text.getBytes(ISO_8859_1);
        shape.read(sql, 0, sql.length);
        return shape.isKnown() ? new String(shape.toBytes(), ISO_8859_1) : "";
    }

    @Test
    void whatHasTheSameShapeMeansTheSame() {
        long seed = Long.getLong("shoestring.fuzz.seed", System.nanoTime());
        var random = new Random(seed);
        Map<String, Meaning> known = new HashMap<>();
        int met = 0;
        for (int i = 0; i < 200_000; i++) {
            var text = new StringBuilder(BEGINNINGS.get(random.nextInt(BEGINNINGS.size())));
            int pieces = 1 + random.nextInt(6);
            for (int piece = 0; piece < pieces; piece++) {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            String of = shapeOf(text.toString());
            if (of.isEmpty()) {
                continue;
            }
            Meaning first = known.get(of);
            Meaning now = meaning(text.toString());
            if (first == null) {
                known.put(of, now);
                continue;
            }
            met++;
            String why = "seed " + seed + ": [" + first.text() + "] and [" + now.text() + "]";
            assertThat(now.ofPostgresql()).as(why).isEqualTo(first.ofPostgresql());
            assertThat(now.ofMysql()).as(why).isEqualTo(first.ofMysql());
            if (first.postgresql().isOfShape()) {
                assertThat(now.postgresql()).as(why).isEqualTo(first.postgresql());
            }
            if (first.mysql().isOfShape()) {
                assertThat(now.mysql()).as(why).isEqualTo(first.mysql());
            }
        }
        assertThat(met).isGreaterThan(10_000);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '~',
            textBlock =
                    """
                    select 4711, 1.5 from t1 where a=-3 ~ select 0, 0.0 from t1 where a=-0
                    select 'it''s', "a1" || '' ~ select '', "a1" || ''
                    select x1, $12, a.1, 1e5, 0x1f, t_123 ~ select x1, $12, a.1, 1e5, 0x1f, t_123
                    select E'a' in (1,22,333) ~ select E'' in (0,0,0)
                    """)
    void valuesAreAsShortAsCanBe(String text, String expected) {
        assertThat(shapeOf(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 1 -- a",
                "select 1 /* a */",
                "select 'a\\'",
                "select 'a",
                "select \"a",
                "select $$a$$",
                "select 1 # a",
                "select \"a\\\""
            })
    void whatTakesMoreThanALookHasNone(String text) {
        assertThat(shapeOf(text)).isEmpty();
    }

    @Test
    void longTextsHaveNone() {
        assertThat(shapeOf("x".repeat(Shape.TEXT_MAX))).isNotEmpty();
        assertThat(shapeOf("x".repeat(Shape.TEXT_MAX + 1))).isEmpty();
    }

    @Test
    void anotherShapeInTheSamePlaceIsNotTakenForIt() {
        var cache = new MeaningCache<Integer>();
        for (int i = 0; i < 5_000; i++) {
            byte[] sql = ("select a" + i).getBytes(ISO_8859_1);
            shape.read(sql, 0, sql.length);
            assertThat(cache.find(shape)).isEmpty();
            cache.keep(shape, i);
            assertThat(cache.find(shape)).contains(i);
        }
    }
}
