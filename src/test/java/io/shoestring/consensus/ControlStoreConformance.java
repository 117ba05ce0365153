package io.shoestring.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.consensus.ControlStore.Entry;
import io.shoestring.consensus.ControlStore.Transaction;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** What every {@link ControlStore} promises; each implementation runs this whole class. */
@Timeout(60)
public abstract class ControlStoreConformance {
    private static final Duration D = Duration.ofSeconds(8);
    private static final String RESOURCE = "databases/shop";

    /** A store that is open and empty; the subclass closes it. */
    protected abstract ControlStore store();

    /** Lets the time pass by which leases expire. */
    protected abstract void letPass(Duration duration) throws InterruptedException;

    @Test
    void readsWhatWasWritten() throws Exception {
        assertThat(put("a", 0, "1")).isTrue();
        assertThat(store().get("a").map(Entry::value)).contains("1");
        assertThat(store().get("b")).isEmpty();
    }

    @Test
    void writesOnlyOverTheExpectedRevision() throws Exception {
        put("a", 0, "1");
        long revision = revision("a");
        assertThat(put("a", 0, "2")).isFalse();
        assertThat(put("a", revision + 1, "2")).isFalse();
        assertThat(put("a", revision, "2")).isTrue();
        assertThat(revision("a")).isGreaterThan(revision);
    }

    @Test
    void tellsWithAWriteWhatAReadAfterItWouldSee() throws Exception {
        put("a", 0, "1");
        Lease lease = store().grant(RESOURCE, "node", D).orElseThrow();
        Transaction second = new Transaction(Map.of("a", revision("a")), Map.of("a", "2"));
        ControlStore.Sight sight = store().commitAndLook(second, "a", RESOURCE).orElseThrow();
        assertThat(sight).isEqualTo(store().look("a", RESOURCE));
        assertThat(sight.entry().map(Entry::value)).contains("2");
        assertThat(sight.holding().map(ControlStore.Holding::lease)).contains(lease);
        assertThat(store().commitAndLook(second, "a", RESOURCE)).isEmpty();
        Transaction other = new Transaction(Map.of("b", 0L), Map.of("b", "1"));
        assertThat(store().commitAndLook(other, "a", "databases/none"))
                .contains(store().look("a", "databases/none"));
    }

    @Test
    void passesALeaseOnToTheNextHolder() throws Exception {
        Lease first = store().grant(RESOURCE, "a", D).orElseThrow();
        Lease second = store().pass(RESOURCE, first, "b", D).orElseThrow();
        assertThat(second.holder()).isEqualTo(new MemberName("b"));
        assertThat(second.epoch()).isGreaterThan(first.epoch());
        assertThat(store().lease(RESOURCE)).contains(second);
        assertThat(store().renew(RESOURCE, first)).isFalse();
        assertThat(store().renew(RESOURCE, second)).isTrue();
        assertThat(store().pass(RESOURCE, first, "c", D)).isEmpty();
        assertThat(store().lease(RESOURCE)).contains(second);
    }

    @Test
    void writesSeveralKeysOrNone() throws Exception {
        put("a", 0, "1");
        boolean done =
                store().commit(
                                new Transaction(
                                        Map.of("a", revision("a"), "b", 7L),
                                        Map.of("a", "2", "b", "2")));
        assertThat(done).isFalse();
        assertThat(store().get("a").map(Entry::value)).contains("1");
        assertThat(store().get("b")).isEmpty();
    }

    @Test
    void listsByPrefixInOrder() throws Exception {
        put("x/b", 0, "2");
        put("x/a", 0, "1");
        put("y", 0, "3");
        assertThat(store().list("x/")).extracting(Entry::key).containsExactly("x/a", "x/b");
    }

    @Test
    void watchersSeeLaterEntriesOfTheirPrefixInOrder() throws Exception {
        put("x/old", 0, "0");
        List<String> seen = new CopyOnWriteArrayList<>();
        try (AutoCloseable watch = store().watch("x/", entry -> seen.add(entry.value()))) {
            assertThat(watch).isNotNull();
            put("x/a", 0, "1");
            put("y", 0, "-");
            put("x/a", revision("x/a"), "2");
            await().atMost(Duration.ofSeconds(5)).until(() -> seen.size() == 2);
        }
        put("x/a", revision("x/a"), "3");
        assertThat(seen).containsExactly("1", "2");
    }

    @Test
    void grantsALeaseToOneHolderOnly() throws Exception {
        Optional<Lease> granted = store().grant(RESOURCE, "a", D);
        assertThat(granted.map(Lease::holder)).contains(new MemberName("a"));
        assertThat(store().grant(RESOURCE, "b", D)).isEmpty();
        assertThat(store().grant(RESOURCE, "a", D)).isEmpty();
        assertThat(store().lease(RESOURCE)).isEqualTo(granted);
    }

    @Test
    void everyGrantHasAHigherEpoch() throws Exception {
        Lease first = store().grant(RESOURCE, "a", D).orElseThrow();
        assertThat(store().release(RESOURCE, first)).isTrue();
        put("k", 0, "v");
        Lease second = store().grant(RESOURCE, "b", D).orElseThrow();
        assertThat(second.epoch()).isGreaterThan(first.epoch());
    }

    @Test
    void renewsAndReleasesOnlyUnderTheEpochThatIsHeld() throws Exception {
        Lease old = store().grant(RESOURCE, "a", D).orElseThrow();
        store().release(RESOURCE, old);
        Lease held = store().grant(RESOURCE, "a", D).orElseThrow();
        assertThat(store().renew(RESOURCE, old)).isFalse();
        assertThat(store().release(RESOURCE, old)).isFalse();
        assertThat(store().renew(RESOURCE, held)).isTrue();
        assertThat(store().release(RESOURCE, held)).isTrue();
        assertThat(store().lease(RESOURCE)).isEmpty();
    }

    @Test
    void endsALeaseBeforeItsTimeOnlyIfItWasNotRenewedSince() throws Exception {
        Lease lease = store().grant(RESOURCE, "a", D).orElseThrow();
        ControlStore.Holding before = store().holding(RESOURCE).orElseThrow();
        assertThat(before.lease()).isEqualTo(lease);
        assertThat(store().renew(RESOURCE, lease)).isTrue();
        ControlStore.Holding renewed = store().holding(RESOURCE).orElseThrow();
        assertThat(renewed.renewal()).isGreaterThan(before.renewal());

        assertThat(store().expire(RESOURCE, before)).isFalse();
        assertThat(store().lease(RESOURCE)).contains(lease);
        assertThat(store().expire(RESOURCE, renewed)).isTrue();
        assertThat(store().holding(RESOURCE)).isEmpty();

        assertThat(store().grant(RESOURCE, "a", D)).isPresent();
        assertThat(store().expire(RESOURCE, renewed)).isFalse();
        assertThat(store().lease(RESOURCE)).isPresent();
    }

    @Test
    void aLeaseThatIsNotRenewedExpires() throws Exception {
        store().grant(RESOURCE, "a", D);
        letPass(Duration.ofMillis(500));
        letPass(D.plusSeconds(2));
        await().atMost(Duration.ofSeconds(5)).until(() -> store().lease(RESOURCE).isEmpty());
    }

    @Test
    void aLeaseThatIsRenewedDoesNotExpire() throws Exception {
        Lease lease = store().grant(RESOURCE, "a", D).orElseThrow();
        for (int i = 0; i < 4; i++) {
            letPass(Duration.ofSeconds(5));
            assertThat(store().renew(RESOURCE, lease)).isTrue();
        }
        assertThat(store().lease(RESOURCE)).contains(lease);
    }

    @Test
    void namesItsVoters() throws Exception {
        assertThat(store().members()).isNotEmpty();
    }

    protected boolean put(String key, long expected, String value) throws ConsensusException {
        return store().commit(new Transaction(Map.of(key, expected), Map.of(key, value)));
    }

    protected long revision(String key) throws ConsensusException {
        return store().get(key).orElseThrow().revision();
    }
}
