package io.shoestring.sandbox.demo;

import io.shoestring.sandbox.bank.Ledger.Tally;
import io.shoestring.sandbox.bank.Timeline.Gap;
import io.shoestring.sandbox.bank.Verdict;
import io.shoestring.sandbox.demo.Act.Kind;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How the demo ended.
 *
 * @param planned what belongs to the story
 * @param parts what took place
 */
record DemoReport(
        Verdict verdict,
        Tally tally,
        Set<Kind> planned,
        List<Part> parts,
        double readsOnReplicaPercent,
        List<Moment> events) {
    DemoReport {
        planned = Set.copyOf(planned);
        parts = List.copyOf(parts);
        events = List.copyOf(events);
    }

    /** Something that happened, in milliseconds since the load began. */
    record Moment(long atMillis, String what) {}

    /**
     * An act, and what it cost.
     *
     * @param gap the longest time between two acknowledged writes around it
     */
    record Part(Act act, Gap gap) {}

    /** What took place of that kind. */
    Optional<Part> part(Kind kind) {
        return parts.stream().filter(part -> part.act().kind() == kind).findFirst();
    }

    /** The longest time without an acknowledged write around it; empty if it took no place. */
    OptionalLong gapMillis(Kind kind) {
        return parts.stream()
                .filter(part -> part.act().kind() == kind)
                .mapToLong(part -> part.gap().millis())
                .max();
    }

    /** How long until everybody was in their place again; empty if that did not come. */
    OptionalLong recoveredMillis(Kind kind) {
        return part(kind).map(part -> part.act().recoveredMillis()).orElse(OptionalLong.empty());
    }

    /** Nothing lost, nothing twice, nothing stale, and the whole story took place. */
    boolean good() {
        return verdict.good()
                && tally.staleReads() == 0
                && tally.unbalancedReads() == 0
                && parts.stream().allMatch(part -> part.act().recoveredMillis().isPresent())
                && planned.stream().allMatch(kind -> recoveredMillis(kind).isPresent());
    }

    /** The one object that a program reads; what did not take place is {@code null}. */
    String json() {
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode object = mapper.createObjectNode();
        object.put("acknowledged", verdict.acknowledged());
        object.put("found", verdict.found());
        object.put("lost", verdict.lost());
        object.put("duplicated", verdict.duplicated());
        object.put("unknown", verdict.unknown());
        object.put("client_errors", tally.clientErrors());
        object.put(
                "kills",
                parts.stream().filter(part -> part.act().kind() == Kind.SERVER_KILLED).count());
        put(object, "write_outage_ms", gapMillis(Kind.SERVER_KILLED));
        put(object, "switchover_pause_ms", gapMillis(Kind.SWITCHOVER));
        put(object, "rejoined_ms", recoveredMillis(Kind.SERVER_KILLED));
        put(object, "machine_loss_outage_ms", gapMillis(Kind.MACHINE_LOST));
        put(object, "machine_rejoined_ms", recoveredMillis(Kind.MACHINE_LOST));
        put(object, "link_loss_pause_ms", gapMillis(Kind.LINK_LOST));
        object.put("reads_on_replica_percent", readsOnReplicaPercent);
        object.put("balances_ok", verdict.balancesOk());
        ArrayNode list = object.putArray("events");
        for (Moment moment : events) {
            list.addObject().put("at_ms", moment.atMillis()).put("what", moment.what());
        }
        return mapper.writeValueAsString(object);
    }

    private static void put(ObjectNode object, String field, OptionalLong millis) {
        if (millis.isPresent()) {
            object.put(field, millis.getAsLong());
        } else {
            object.putNull(field);
        }
    }
}
