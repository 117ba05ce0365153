package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BuildTest {
    @Test
    void testsRunOnTheJdkThatTheProductNeeds() {
        assertThat(Runtime.version().feature()).isEqualTo(25);
    }
}
