package io.shoestring.proxy.postgresql.statement;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;

@Timeout(600)
@Tag("busy")
class StatementFuzzTest {
    private static final StatementClassifier CLASSIFIER = StatementClassifier.ofBuiltInFunctions();

    private static final Vocabulary VOCABULARY = new Vocabulary(Set.of());

    /** What can hide a word, found by another method than the classifier's: one expression. */
    private static final Pattern HIDDEN =
            Pattern.compile(
                    "(?<![A-Za-z0-9_$\\x80-\\uffff])[eE]'(?:[^'\\\\]|\\\\.|'')*'"
                            + "|'(?:[^']|'')*'"
                            + "|\"(?:[^\"]|\"\")*\""
                            + "|(?<![A-Za-z0-9_$\\x80-\\uffff])(\\$(?:[A-Za-z_\\x80-\\uffff]"
                            + "[A-Za-z0-9_\\x80-\\uffff]*)?\\$)[\\s\\S]*?\\1"
                            + "|--[^\\r\\n]*"
                            + "|/\\*[\\s\\S]*",
                    Pattern.DOTALL);

    private static final Pattern WRITING =
            Pattern.compile(
                    "(?<![a-z0-9_$.\\x80-\\uffff])(insert|update|delete|merge|into|nextval(?= *[(]"
                            + " *[)]))(?![a-z0-9_$\\x80-\\uffff])");

    @Test
    void neverThrowsForRandomBytes() {
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            assertThat(classify(bytes).kind()).isNotNull();
        }
    }

    @Test
    void neverThrowsForRandomTokens() throws Exception {
        var random = new Random(2);
        List<String> tokens =
                List.of(
                        "select",
                        "with",
                        "explain",
                        "(",
                        ")",
                        ",",
                        ";",
                        ".",
                        "as",
                        "set",
                        "reset",
                        "session",
                        "local",
                        "rollback",
                        "to",
                        "create",
                        "temp",
                        "begin",
                        "atomic",
                        "end",
                        "case",
                        "'a'",
                        "\"a\"",
                        "$$a$$",
                        "1",
                        "x",
                        "join",
                        "distinct",
                        "on",
                        "set_config",
                        "true",
                        "declare",
                        "hold",
                        "prepare",
                        "transaction",
                        "'",
                        "/*");
        for (int i = 0; i < 100_000; i++) {
            var sql = new StringBuilder();
            for (int length = random.nextInt(12); length > 0; length--) {
                sql.append(tokens.get(random.nextInt(tokens.size()))).append(' ');
            }
            byte[] bytes = sql.toString().getBytes(UTF_8);
            assertThat(classify(bytes).kind()).isNotNull();
            assertThat(SettingName.read(tokenizer(bytes))).isNotNull();
        }
    }

    private static Tokenizer tokenizer(byte[] sql) {
        return new Tokenizer(sql, 0, sql.length, VOCABULARY);
    }

    @Test
    void classifiesEveryPrefixOfEveryStatement() throws Exception {
        for (StatementTable.Row row : StatementTable.rows()) {
            byte[] bytes = row.bytes();
            for (int length = 0; length < bytes.length; length++) {
                assertThat(CLASSIFIER.classify(bytes, 0, length).kind()).isNotNull();
            }
        }
    }

    @Test
    void neverCallsAReadWhatHoldsAWritingWordOutsideOfLiterals() throws Exception {
        var mutator = new StatementMutator(new Random(3), StatementTable.rows());
        int reads = 0;
        int writing = 0;
        for (int i = 0; i < 200_000; i++) {
            String sql = mutator.next();
            boolean writes = hasWritingWord(sql);
            boolean read = classify(sql.getBytes(UTF_8)).isRead();
            assertThat(read && writes).as(sql).isFalse();
            reads += read ? 1 : 0;
            writing += writes ? 1 : 0;
        }
        System.out.println(reads + " reads, " + writing + " with a writing word, of 200000");
        assertThat(reads).isGreaterThan(1_000);
        assertThat(writing).isGreaterThan(10_000);
    }

    /** Nested comments are beyond one expression: everything after a comment's start is hidden. */
    private static boolean hasWritingWord(String sql) {
        String visible = HIDDEN.matcher(sql).replaceAll("~");
        return WRITING.matcher(visible.toLowerCase(Locale.ROOT)).find();
    }

    private static Classification classify(byte[] sql) {
        return CLASSIFIER.classify(sql, 0, sql.length);
    }
}
