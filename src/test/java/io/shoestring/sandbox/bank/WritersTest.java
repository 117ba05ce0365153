package io.shoestring.sandbox.bank;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WritersTest {
    private final Writers writers = new Writers();

    @Test
    void aTakeOverIsOneChange() {
        writers.acknowledged("a", 0, 10);
        writers.acknowledged("a", 20, 30);
        writers.acknowledged("b", 40, 50);
        writers.acknowledged("b", 60, 70);
        assertThat(writers.changes()).isEqualTo(1);
        assertThat(writers.newest()).isEqualTo("b");
    }

    @Test
    void anAnswerThatComesLateIsNoChange() {
        writers.acknowledged("a", 0, 10);
        writers.acknowledged("b", 40, 50);
        writers.acknowledged("a", 45, 60);
        assertThat(writers.changes()).isEqualTo(1);
        assertThat(writers.newest()).isEqualTo("b");
    }

    @Test
    void twoThatWriteAtOnceChangeBackAndForth() {
        writers.acknowledged("a", 0, 10);
        writers.acknowledged("b", 20, 30);
        writers.acknowledged("a", 35, 40);
        writers.acknowledged("b", 45, 50);
        assertThat(writers.changes()).isEqualTo(3);
    }
}
