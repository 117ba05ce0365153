package io.shoestring.address;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;
import io.shoestring.model.AddressName;
import io.shoestring.model.IpPrefix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What an address does over minutes, on a clock of the test, and what it leaves on the disk. */
class WatchTest {
    private static final MacAddress RIVAL = new MacAddress(1);

    private long seconds = 5;
    private final Clock clock = () -> seconds * 1_000_000_000L;

    @Test
    void isAnnouncedAtGrowingDistances() {
        Announcements announcements = new Announcements(clock);
        List<Long> at = new ArrayList<>();
        for (long second = 0; second <= 200; second++) {
            seconds = 5 + second;
            if (announcements.due()) {
                at.add(second);
            }
        }
        assertThat(at).containsExactly(0L, 1L, 2L, 4L, 8L, 16L, 32L, 60L, 120L, 180L);
    }

    @Test
    void isDefendedEveryTenSecondsAndToldOnceUntilItWasQuiet() {
        Contest contest = new Contest(clock);
        assertThat(contest.on()).isFalse();
        assertThat(contest.defend()).isTrue();
        assertThat(contest.isNew(RIVAL)).isTrue();
        seconds += 9;
        assertThat(contest.defend()).isFalse();
        assertThat(contest.isNew(RIVAL)).isFalse();
        assertThat(contest.isNew(new MacAddress(2))).as("somebody else").isTrue();
        seconds += 1;
        assertThat(contest.defend()).isTrue();
        assertThat(contest.on()).isTrue();
        seconds += 60;
        assertThat(contest.on()).isFalse();
        assertThat(contest.isNew(RIVAL)).isTrue();
    }

    @Test
    void aTornFileIsNoLeftover(@TempDir Path directory) throws Exception {
        Leftovers leftovers = new Leftovers(directory);
        Link link = new Link("eth0", 2, RIVAL);
        IpPrefix address = new IpPrefix("fd00::100", 64);
        leftovers.remember(new AddressName("writer"), link, address);
        Files.writeString(directory.resolve("torn"), "eth0 10.0.0");
        Files.writeString(directory.resolve("empty"), "");
        Files.writeString(directory.resolve("wrong"), "eth0 10.0.0.1/99");
        assertThat(leftovers.all())
                .containsExactly(
                        new Leftovers.Leftover(new AddressName("writer"), "eth0", address));
        leftovers.forget(new AddressName("writer"));
        assertThat(leftovers.all()).isEmpty();
    }
}
