package io.shoestring.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shoestring.consensus.ControlStore.Transaction;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What a store of three keeps to while its members fail; each such store runs this whole class. */
@Timeout(60)
public abstract class StoreFaults {
    /** Short, so that a test may wait for it. */
    protected static final Duration D = Duration.ofMillis(1_500);

    /** How long one call may take, with some room for a busy machine. */
    private static final Duration CALL = Duration.ofSeconds(6);

    private static final String RESOURCE = "databases/shop";

    /** Three fresh members, one of which leads; one store for each. */
    protected abstract List<ControlStore> start() throws Exception;

    protected abstract String leader() throws Exception;

    protected abstract List<String> members();

    /** The store that asks this member first, or is this member. */
    protected abstract ControlStore storeOf(String member);

    protected abstract void kill(String member) throws Exception;

    protected abstract void restart(String member) throws Exception;

    /** The members whose names have to be in the sentence when they are silent. */
    protected abstract String nameIn(String sentence, String member);

    @AfterEach
    protected abstract void stop() throws Exception;

    @Test
    void theLeadersDeathIsSurvivedAndItsReturnToo() throws Exception {
        start();
        String leader = leader();
        put(storeOf(leader), "a", "1");
        kill(leader);
        ControlStore other = storeOf(anotherThan(leader));
        awaitPut(other, "b", "2");
        assertThat(value(other, "a")).isEqualTo("1");
        restart(leader);
        awaitValue(storeOf(leader), "b", "2");
    }

    @Test
    void withoutAMajorityCallsFailInTimeAndNothingIsGranted() throws Exception {
        start();
        String left = members().get(0);
        awaitPut(storeOf(left), "a", "1");
        for (String member : members()) {
            if (!member.equals(left)) {
                kill(member);
            }
        }
        long before = System.nanoTime();
        String sentence = failure(() -> storeOf(left).grant(RESOURCE, "a", D));
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(CALL);
        for (String member : members()) {
            if (!member.equals(left)) {
                assertThat(sentence).contains(nameIn(sentence, member));
            }
        }
        long reading = System.nanoTime();
        failure(() -> storeOf(left).get("a"));
        assertThat(Duration.ofNanos(System.nanoTime() - reading)).isLessThan(CALL);
        for (String member : members()) {
            if (!member.equals(left)) {
                restart(member);
            }
        }
        awaitValue(storeOf(left), "a", "1");
    }

    @Test
    void twoHoldersNeverBothRelyOnTheLease() throws Exception {
        List<ControlStore> stores = start();
        HolderHistory history = new HolderHistory(RESOURCE, D);
        history.run(
                stores,
                () -> {
                    String leader = leader();
                    kill(leader);
                    Thread.sleep(1_500);
                    restart(leader);
                });
        history.assertDisjoint();
    }

    @Test
    void everyAcknowledgedIncrementIsThereOnce() throws Exception {
        List<ControlStore> stores = start();
        awaitPut(stores.get(0), "counter", "0");
        Counting counting = new Counting("counter");
        counting.run(
                stores,
                () -> {
                    String leader = leader();
                    kill(leader);
                    Thread.sleep(1_500);
                    restart(leader);
                });
        String survivor = members().get(0);
        await().atMost(Duration.ofSeconds(15))
                .ignoreExceptionsInstanceOf(ConsensusException.class)
                .untilAsserted(
                        () ->
                                counting.assertExact(
                                        Long.parseLong(value(storeOf(survivor), "counter"))));
    }

    protected String anotherThan(String member) {
        return members().stream().filter(each -> !each.equals(member)).findFirst().orElseThrow();
    }

    protected static String value(ControlStore store, String key) throws ConsensusException {
        return store.get(key).map(ControlStore.Entry::value).orElse("");
    }

    private static boolean put(ControlStore store, String key, String value)
            throws ConsensusException {
        return store.commit(new Transaction(Map.of(), Map.of(key, value)));
    }

    protected static void awaitPut(ControlStore store, String key, String value) {
        await().atMost(Duration.ofSeconds(15))
                .ignoreExceptionsInstanceOf(ConsensusException.class)
                .until(() -> put(store, key, value));
    }

    protected static void awaitValue(ControlStore store, String key, String value) {
        await().atMost(Duration.ofSeconds(15))
                .ignoreExceptionsInstanceOf(ConsensusException.class)
                .until(() -> value(store, key).equals(value));
    }

    /** A call that must fail. */
    @FunctionalInterface
    protected interface Failing {
        Object call() throws ConsensusException;
    }

    protected static String failure(Failing failing) {
        try {
            Object answer = failing.call();
            throw new AssertionError("there was an answer: " + answer);
        } catch (ConsensusException e) {
            return e.getMessage();
        }
    }
}
