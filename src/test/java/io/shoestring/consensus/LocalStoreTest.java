package io.shoestring.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ControlStore.Entry;
import io.shoestring.consensus.ControlStore.Transaction;
import io.shoestring.model.Lease;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;

class LocalStoreTest extends ControlStoreConformance {
    private static final Duration D = Duration.ofSeconds(8);

    @TempDir private Path directory;
    private final ManualClock clock = new ManualClock();
    private LocalStore store;

    @BeforeEach
    void open() throws Exception {
        store = LocalStore.open(directory, "local", clock);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    protected ControlStore store() {
        return store;
    }

    /** Expiry looks every 100 ms of real time; it has to have seen the lease before time passes. */
    @Override
    protected void letPass(Duration duration) {
        pause();
        clock.pass(duration);
        pause();
    }

    @Test
    void everythingIsThereAfterReopening() throws Exception {
        put("a", 0, "1");
        put("b", 0, "2");
        Lease lease = store.grant("r", "a", D).orElseThrow();
        long revision = revision("b");
        reopen();
        assertThat(store.get("a").map(Entry::value)).contains("1");
        assertThat(revision("b")).isEqualTo(revision);
        assertThat(store.lease("r")).contains(lease);
        store.release("r", lease);
        assertThat(store.grant("r", "b", D).orElseThrow().epoch()).isGreaterThan(lease.epoch());
    }

    @Test
    void waitingForExpiryBeginsAnewWhenOpened() throws Exception {
        store.grant("r", "a", D);
        letPass(Duration.ofSeconds(8));
        reopen();
        letPass(Duration.ofSeconds(8));
        assertThat(store.lease("r")).isPresent();
        letPass(Duration.ofSeconds(1));
        assertThat(store.lease("r")).isEmpty();
    }

    @Test
    void aTailTornAtAnyByteIsCut() throws Exception {
        put("a", 0, "1");
        byte[] before = Files.readAllBytes(log());
        put("a", revision("a"), "2");
        byte[] whole = Files.readAllBytes(log());
        for (int length = before.length; length < whole.length; length++) {
            reopenWith(Arrays.copyOf(whole, length));
            assertThat(store.get("a").map(Entry::value)).contains("1");
            assertThat(put("a", revision("a"), "3")).isTrue();
            reopen();
            assertThat(store.get("a").map(Entry::value)).contains("3");
        }
    }

    @Test
    void aTailOfGarbageIsCut() throws Exception {
        put("a", 0, "1");
        byte[] whole = Files.readAllBytes(log());
        byte[] longer = Arrays.copyOf(whole, whole.length + 512);
        reopenWith(longer);
        assertThat(store.get("a").map(Entry::value)).contains("1");
        assertThat(Files.size(log())).isEqualTo(whole.length);
    }

    @Test
    void damageBeforeWholeEntriesIsRefusedAndNothingIsChanged() throws Exception {
        put("a", 0, "1");
        put("b", 0, "2");
        put("c", 0, "3");
        store.close();
        byte[] bytes = Files.readAllBytes(log());
        bytes[12] ^= 1;
        Files.write(log(), bytes);
        assertThatThrownBy(this::open)
                .isInstanceOf(ConsensusException.class)
                .hasMessageContaining("damaged at byte 0")
                .hasMessageContaining("Nothing was changed");
        assertThat(Files.readAllBytes(log())).isEqualTo(bytes);
    }

    @Test
    void missingEntriesAreRefused() throws Exception {
        put("a", 0, "1");
        int first = (int) Files.size(log());
        put("b", 0, "2");
        put("c", 0, "3");
        store.close();
        byte[] bytes = Files.readAllBytes(log());
        Files.write(log(), Arrays.copyOfRange(bytes, first, bytes.length));
        assertThatThrownBy(this::open)
                .isInstanceOf(ConsensusException.class)
                .hasMessageContaining("entries are missing");
    }

    @Test
    void aSecondUserOfTheDirectoryIsRefused() {
        assertThatThrownBy(() -> LocalStore.open(directory, "other", clock))
                .isInstanceOf(ConsensusException.class)
                .hasMessageContaining("another Shoestring is using");
    }

    @Test
    void aDamagedSnapshotIsRefused() throws Exception {
        put("a", 0, "1");
        store.close();
        Files.writeString(directory.resolve("snapshot"), "00000000 {}\n");
        assertThatThrownBy(this::open)
                .isInstanceOf(ConsensusException.class)
                .hasMessageContaining("snapshot")
                .hasMessageContaining("damaged");
    }

    @Test
    void theLogIsCompactedAndNothingIsLost() throws Exception {
        Lease lease = store.grant("r", "a", D).orElseThrow();
        for (int i = 0; i < 5_000; i++) {
            store.renew("r", lease);
        }
        put("a", 0, "1");
        assertThat(Files.size(log())).isLessThan(200_000);
        assertThat(directory.resolve("snapshot")).exists();
        reopen();
        assertThat(store.lease("r")).contains(lease);
        assertThat(store.get("a").map(Entry::value)).contains("1");
        assertThat(store.renew("r", lease)).isTrue();
    }

    @Test
    void aCrashBetweenSnapshotAndClearingTheLogIsHarmless() throws Exception {
        put("a", 0, "1");
        put("a", revision("a"), "2");
        store.close();
        byte[] log = Files.readAllBytes(log());
        open();
        new SnapshotFile(directory.resolve("snapshot")).write(stateOf("a", "2", 2));
        reopenWith(log);
        assertThat(store.get("a")).contains(new Entry("a", "2", 2));
        assertThat(put("a", 2, "3")).isTrue();
        reopen();
        assertThat(store.get("a")).contains(new Entry("a", "3", 3));
    }

    @Test
    void aClosedStoreSaysSo() {
        store.close();
        assertThatThrownBy(() -> store.get("a"))
                .isInstanceOf(ConsensusException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aCommitTakesMillisecondsApartFromTheDisk() throws Exception {
        put("warm", 0, "up");
        long before = Clock.system().nanos();
        for (int i = 0; i < 100; i++) {
            store.commit(new Transaction(Map.of(), Map.of("k", "value " + i)));
        }
        long eachMillis = (Clock.system().nanos() - before) / 100 / 1_000_000;
        assertThat(eachMillis).isLessThan(100);
    }

    private static StoreState stateOf(String key, String value, long revision) {
        return new StoreState(revision, Map.of(key, new Entry(key, value, revision)), Map.of());
    }

    private void reopen() throws Exception {
        store.close();
        open();
    }

    private void reopenWith(byte[] log) throws Exception {
        store.close();
        Files.write(log(), log);
        open();
    }

    private Path log() throws IOException {
        return directory.resolve("log");
    }

    private static void pause() {
        try {
            Thread.sleep(250);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
