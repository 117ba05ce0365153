package io.shoestring.consensus.etcd;

import io.shoestring.base.Clock;
import io.shoestring.consensus.Command;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.Expiry;
import io.shoestring.consensus.StoreState;
import io.shoestring.consensus.etcd.EtcdCalls.Kind;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Leases as keys. The epoch is the revision that made the key, so every grant has a higher one; a
 * renewal is a write to it. Etcd's own leases are not used: a member that was cut off may go on
 * confirming those (until etcd 3.4.25 and 3.5.8) while the others have ended them.
 *
 * <p>Every node watches over all leases by its own clock: it has to have seen the same renewal for
 * the whole time, and what it proposes then is compared with the key's revision.
 */
final class EtcdLeases implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdLeases.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final EtcdCalls calls;
    private final EtcdKeys keys;
    private final Expiry expiry;
    private final Thread thread;
    private volatile boolean closed;

    EtcdLeases(EtcdCalls calls, EtcdKeys keys, Clock clock) {
        this.calls = calls;
        this.keys = keys;
        this.expiry = new Expiry(clock);
        this.thread = Thread.ofVirtual().name("consensus-expiry").start(this::lookUntilClosed);
    }

    Optional<ControlStore.Holding> holding(String resource) throws ConsensusException {
        JsonNode answer = calls.call("/v3/kv/range", keys.one(resource), Kind.READ);
        for (JsonNode found : answer.path("kvs")) {
            StoreState.Held held = held(found);
            return Optional.of(new ControlStore.Holding(held.lease(), held.renewal()));
        }
        return Optional.empty();
    }

    Optional<Lease> grant(String resource, String holder, Duration duration)
            throws ConsensusException {
        String value =
                EtcdCalls.object()
                        .put("holder", holder)
                        .put("durationMillis", duration.toMillis())
                        .toString();
        JsonNode answer = transact(keys.madeAt(resource, 0), keys.put(resource, value));
        if (!answer.path("succeeded").asBoolean(false)) {
            return Optional.empty();
        }
        long epoch = EtcdKeys.number(answer.path("header"), "revision");
        return Optional.of(new Lease(epoch, new MemberName(holder)));
    }

    /** Writes the same value again, which gives the key a new revision. */
    boolean renew(String resource, Lease lease) throws ConsensusException {
        ObjectNode again = EtcdCalls.object();
        again.set("request_put", keys.one(resource).put("ignore_value", true));
        return done(transact(keys.madeAt(resource, lease.epoch()), again));
    }

    boolean release(String resource, Lease lease) throws ConsensusException {
        return done(transact(keys.madeAt(resource, lease.epoch()), keys.delete(resource)));
    }

    /** The revision of the newest change is that of no other key, nor of another epoch. */
    boolean expire(String resource, ControlStore.Holding holding) throws ConsensusException {
        ObjectNode unchanged = keys.changedAt(resource, holding.renewal());
        return done(transact(unchanged, keys.delete(resource)));
    }

    private JsonNode transact(ObjectNode condition, ObjectNode change) throws ConsensusException {
        ObjectNode body = EtcdKeys.transaction(List.of(condition), List.of(change));
        return calls.call("/v3/kv/txn", body, Kind.WRITE);
    }

    private static boolean done(JsonNode answer) {
        return answer.path("succeeded").asBoolean(false);
    }

    private static StoreState.Held held(JsonNode found) throws ConsensusException {
        try {
            JsonNode value = EtcdCalls.parse(EtcdKeys.text(found, "value"));
            return new StoreState.Held(
                    EtcdKeys.number(found, "create_revision"),
                    value.path("holder").asString(),
                    value.path("durationMillis").asLong(),
                    EtcdKeys.number(found, "mod_revision"));
        } catch (IOException e) {
            throw new ConsensusException(
                    "The etcd's key "
                            + EtcdKeys.text(found, "key")
                            + " does not hold a lease; somebody else has written it.",
                    e);
        }
    }

    private void lookUntilClosed() {
        while (!closed) {
            try {
                Thread.sleep(BETWEEN_LOOKS);
                look();
            } catch (InterruptedException e) {
                return;
            } catch (ConsensusException e) {
                LOG.debug("leases were not looked at: {}", e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("watching over leases", e);
            }
        }
    }

    private void look() throws ConsensusException {
        JsonNode answer = calls.call("/v3/kv/range", keys.all(""), Kind.READ);
        Map<String, StoreState.Held> leases = new HashMap<>();
        for (JsonNode found : answer.path("kvs")) {
            leases.put(keys.name(found), held(found));
        }
        for (Command.Expire overdue : expiry.overdue(new StoreState(0, Map.of(), leases))) {
            String resource = overdue.resource();
            transact(keys.changedAt(resource, overdue.renewal()), keys.delete(resource));
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
