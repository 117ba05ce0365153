package io.shoestring.address;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.IpPrefix;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

class NeighboursTest {
    private static final MacAddress OWN = new MacAddress(0x0200_0000_0001L);
    private static final MacAddress OTHER = new MacAddress(0x0200_0000_00FEL);

    private static Neighbours of(String address, MacAddress mac) {
        return Neighbours.of(new IpPrefix(address, 24), mac);
    }

    private static Optional<MacAddress> claimant(Neighbours of, byte[] frame, boolean probing) {
        return of.claimant(frame, frame.length, probing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.100", "fd00::100"})
    void whoAnnouncesTheAddressHasIt(String address) {
        byte[] frame = of(address, OTHER).announcement();
        assertThat(claimant(of(address, OWN), frame, false)).contains(OTHER);
        assertThat(claimant(of(address, OTHER), frame, false)).as("our own").isEmpty();
        assertThat(OTHER).hasToString("02:00:00:00:00:fe");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.100", "fd00::100"})
    void whoProbesForItMattersOnlyWhileWeProbe(String address) {
        byte[] frame = of(address, OTHER).probe();
        assertThat(claimant(of(address, OWN), frame, true)).contains(OTHER);
        assertThat(claimant(of(address, OWN), frame, false)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.100", "fd00::100"})
    void anotherAddressIsNotOurs(String address) {
        String next = address.replace("100", "101");
        assertThat(claimant(of(address, OWN), of(next, OTHER).announcement(), true)).isEmpty();
        assertThat(claimant(of(address, OWN), of(next, OTHER).probe(), true)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.100", "fd00::100"})
    void brokenFramesAreNobodys(String address) {
        Neighbours ours = of(address, OWN);
        byte[] good = of(address, OTHER).announcement();
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, 256);
            ours.claimant(cut, length, true);
            assertThat(length > 41 || ours.claimant(cut, length, true).isEmpty()).isTrue();
        }
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] frame = new byte[256];
            random.nextBytes(frame);
            ours.claimant(frame, random.nextInt(257), random.nextBoolean());
        }
    }
}
