package io.shoestring.sandbox.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;

@Timeout(10)
class AddressOwnersTest {
    private static final String ADDRESS = "10.77.0.100";
    private static final String QUESTION =
            "1.5 aa:00:00:00:00:04 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request"
                    + " who-has 10.77.0.100 tell 10.77.0.4, length 28";

    @Test
    void aQuestionSaysNothing() {
        assertThat(AddressOwners.changes(List.of(answer(1), QUESTION, answer(1)), ADDRESS))
                .isZero();
    }

    @Test
    void aTakeoverIsOneChange() {
        List<String> frames = List.of(announcement(1), answer(1), announcement(2), answer(2));
        assertThat(AddressOwners.changes(frames, ADDRESS)).isEqualTo(1);
    }

    @Test
    void twoWhoAnswerInTurnAreSeen() {
        List<String> frames = List.of(answer(1), announcement(2), answer(1));
        assertThat(AddressOwners.changes(frames, ADDRESS)).isEqualTo(2);
    }

    @Test
    void anotherAddressIsNotLookedAt() {
        List<String> frames = List.of(answer(1), answer(2).replace("10.77.0.100", "10.77.0.10"));
        assertThat(AddressOwners.changes(frames, ADDRESS)).isZero();
    }

    private static String answer(int machine) {
        return "1.0 aa:00:00:00:00:0%d > aa:00:00:00:00:04, ethertype ARP (0x0806), length 42: Reply 10.77.0.100 is-at aa:00:00:00:00:0%d, length 28"
                .formatted(machine, machine);
    }

    private static String announcement(int machine) {
        return "1.0 aa:00:00:00:00:0%d > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 10.77.0.100 tell 10.77.0.100, length 28"
                .formatted(machine);
    }
}
