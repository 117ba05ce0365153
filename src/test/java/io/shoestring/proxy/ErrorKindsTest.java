package io.shoestring.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.Map;

/** The same trouble has the same word, whatever the engine. */
class ErrorKindsTest {
    @Test
    void bothEnginesSayItInTheSameWords() {
        var postgres = new ErrorKinds();
        var mariadb = new ErrorKinds();
        for (String state :
                new String[] {
                    "42P01", "42501", "22012", "23505", "40P01", "55P03", "57014", "25006", "53100",
                    "XX000", ""
                }) {
            postgres.countState(state);
        }
        for (int code : new int[] {1146, 1142, 1365, 1062, 1213, 1205, 1317, 1290, 1040, 4999, 1}) {
            mariadb.countNumber(code);
        }
        assertThat(postgres.sums())
                .isEqualTo(mariadb.sums())
                .isEqualTo(
                        Map.of(
                                "syntax", 1L,
                                "rights", 1L,
                                "data", 1L,
                                "constraint", 1L,
                                "conflict", 1L,
                                "lock", 1L,
                                "cancelled", 1L,
                                "state", 1L,
                                "resources", 1L,
                                "other", 2L));
    }
}
