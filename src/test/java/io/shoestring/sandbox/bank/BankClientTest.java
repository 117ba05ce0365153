package io.shoestring.sandbox.bank;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.util.Set;

class BankClientTest {
    @Test
    void onlyAnAnswerThatProvesARollbackEndsTheDoubtAboutACommit() {
        for (String state : Set.of("40001", "40P01", "25P02", "23505")) {
            assertThat(BankClient.isRolledBack(new SQLException("", state))).as(state).isTrue();
        }
        for (String state : Set.of("08007", "08006", "57P01", "57P02", "40003", "XX000")) {
            assertThat(BankClient.isRolledBack(new SQLException("", state))).as(state).isFalse();
        }
        assertThat(BankClient.isRolledBack(new SQLException())).isFalse();
    }
}
