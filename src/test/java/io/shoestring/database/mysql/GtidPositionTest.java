package io.shoestring.database.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether one position has all of another. */
class GtidPositionTest {
    private static final String A = "3E11FA47-71CA-11E1-9E33-C80AA9429562";

    private static boolean covers(String has, String other) throws MysqlException {
        return GtidPosition.parse(has).covers(GtidPosition.parse(other));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    0-1-10       | 0-1-10      | true
                    0-1-10       | 0-2-9       | true
                    0-1-10       | 0-1-11      | false
                    0-1-10,1-1-5 | 1-1-5,0-1-3 | true
                    0-1-10       | 0-1-3,1-1-1 | false
                    0-1-10       | ''          | true
                    ''           | 0-1-1       | false
                    """)
    void ofMariaDb(String has, String other, boolean expected) throws MysqlException {
        assertThat(covers(has, other)).isEqualTo(expected);
    }

    @Test
    void ofMysql() throws MysqlException {
        assertThat(covers(A + ":1-10", A + ":1-10")).isTrue();
        assertThat(covers(A + ":1-10", A.toLowerCase(java.util.Locale.ROOT) + ":4")).isTrue();
        assertThat(covers(A + ":1-10", A + ":1-11")).isFalse();
        assertThat(covers(A + ":1-5:8-10", A + ":1-5:9")).isTrue();
        assertThat(covers(A + ":1-5:8-10", A + ":5-8")).isFalse();
        assertThat(covers(A + ":1-5", "other:1")).isFalse();
    }

    @Test
    void whatIsNoPositionIsSaid() {
        assertThatThrownBy(() -> GtidPosition.parse("0-1"))
                .isInstanceOf(MysqlException.class)
                .hasMessage("0-1 is no position");
        assertThatThrownBy(() -> GtidPosition.parse("a:b"))
                .isInstanceOf(MysqlException.class)
                .hasMessage("a:b is no position");
    }
}
