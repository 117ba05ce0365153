package io.shoestring.consensus.etcd;

import io.shoestring.consensus.ControlStore.Entry;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Our names in etcd's: entries under {@code shoestring/<cluster>/entries/}, leases under {@code
 * shoestring/<cluster>/leases/}. In etcd's JSON bytes are Base64, and 64-bit numbers are text.
 */
record EtcdKeys(String room) {
    static EtcdKeys entries(String cluster) {
        return new EtcdKeys("shoestring/" + cluster + "/entries/");
    }

    static EtcdKeys leases(String cluster) {
        return new EtcdKeys("shoestring/" + cluster + "/leases/");
    }

    /** A request that names {@code key}. */
    ObjectNode one(String key) {
        return EtcdCalls.object().put("key", base64(room + key));
    }

    /** A request that names all keys that begin with {@code prefix}. */
    ObjectNode all(String prefix) {
        byte[] end = (room + prefix).getBytes(StandardCharsets.UTF_8);
        end[end.length - 1]++;
        return one(prefix).put("range_end", Base64.getEncoder().encodeToString(end));
    }

    /** The condition that {@code key} was last changed at {@code revision}; 0: does not exist. */
    ObjectNode changedAt(String key, long revision) {
        return one(key).put("target", "MOD")
                .put("result", "EQUAL")
                .put("mod_revision", Long.toString(revision));
    }

    /** The condition that {@code key} has existed since {@code revision}; 0: does not exist. */
    ObjectNode madeAt(String key, long revision) {
        return one(key).put("target", "CREATE")
                .put("result", "EQUAL")
                .put("create_revision", Long.toString(revision));
    }

    ObjectNode put(String key, String value) {
        ObjectNode request = one(key).put("value", base64(value));
        return wrapped("request_put", request);
    }

    ObjectNode delete(String key) {
        return wrapped("request_delete_range", one(key));
    }

    private static ObjectNode wrapped(String name, ObjectNode request) {
        ObjectNode wrapped = EtcdCalls.object();
        wrapped.set(name, request);
        return wrapped;
    }

    /** The name that {@code found} has on our side. */
    String name(JsonNode found) {
        return text(found, "key").substring(room.length());
    }

    Entry entry(JsonNode found) {
        return new Entry(name(found), text(found, "value"), number(found, "mod_revision"));
    }

    static ObjectNode transaction(Iterable<ObjectNode> conditions, Iterable<ObjectNode> changes) {
        ObjectNode body = EtcdCalls.object();
        ArrayNode compare = body.putArray("compare");
        conditions.forEach(compare::add);
        ArrayNode success = body.putArray("success");
        changes.forEach(success::add);
        return body;
    }

    static String text(JsonNode node, String field) {
        byte[] bytes = Base64.getDecoder().decode(node.path(field).asString(""));
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A number that is left out is zero. */
    static long number(JsonNode node, String field) {
        return Long.parseLong(node.path(field).asString("0"));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
