package io.shoestring.sandbox.demo;

import io.shoestring.sandbox.bank.Ledger.Tally;
import io.shoestring.sandbox.bank.Verdict;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.OptionalLong;

/**
 * How the demo ended.
 *
 * @param writeOutageMillis the longest time between two acknowledged writes around the kill
 * @param switchoverPauseMillis the same around the switchover; empty if it never took place
 * @param rejoinedMillis from the kill until the old primary streamed as a replica; empty if it did
 *     not come back
 */
record DemoReport(
        Verdict verdict,
        Tally tally,
        OptionalLong writeOutageMillis,
        OptionalLong switchoverPauseMillis,
        OptionalLong rejoinedMillis,
        double readsOnReplicaPercent,
        List<Moment> events) {
    DemoReport {
        events = List.copyOf(events);
    }

    /** Something that happened, in milliseconds since the load began. */
    record Moment(long atMillis, String what) {}

    /** Nothing lost, nothing twice, nothing stale, and the whole story took place. */
    boolean good() {
        return verdict.good()
                && tally.staleReads() == 0
                && tally.unbalancedReads() == 0
                && writeOutageMillis.isPresent()
                && switchoverPauseMillis.isPresent()
                && rejoinedMillis.isPresent();
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
        put(object, "write_outage_ms", writeOutageMillis);
        put(object, "switchover_pause_ms", switchoverPauseMillis);
        put(object, "rejoined_ms", rejoinedMillis);
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
