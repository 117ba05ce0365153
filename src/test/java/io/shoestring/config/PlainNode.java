package io.shoestring.config;

import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.JsonNodeFactory;
import dev.harrel.jsonschema.SimpleType;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.json.JsonMapper;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Maps, lists and scalars as the validator wants to see them; it knows no Jackson 3. */
public record PlainNode(@Nullable Object value, String pointer) implements JsonNode {
    public static final class Factory implements JsonNodeFactory {
        @Override
        public JsonNode wrap(Object node) {
            return node instanceof JsonNode already ? already : new PlainNode(node, "");
        }

        @Override
        public JsonNode create(String text) {
            return new PlainNode(JsonMapper.shared().readValue(text, Object.class), "");
        }
    }

    @Override
    public String getJsonPointer() {
        return pointer;
    }

    @Override
    public SimpleType getNodeType() {
        return switch (value) {
            case null -> SimpleType.NULL;
            case Boolean _ -> SimpleType.BOOLEAN;
            case String _ -> SimpleType.STRING;
            case Integer _, Long _, BigInteger _ -> SimpleType.INTEGER;
            case Number _ -> SimpleType.NUMBER;
            case List<?> _ -> SimpleType.ARRAY;
            case Map<?, ?> _ -> SimpleType.OBJECT;
            default -> throw new IllegalStateException("not JSON: " + value.getClass());
        };
    }

    @Override
    public boolean asBoolean() {
        return Boolean.TRUE.equals(value);
    }

    @Override
    public String asString() {
        return String.valueOf(value);
    }

    @Override
    public BigInteger asInteger() {
        return new BigInteger(asString());
    }

    @Override
    public BigDecimal asNumber() {
        return new BigDecimal(asString());
    }

    @Override
    public List<JsonNode> asArray() {
        List<JsonNode> nodes = new ArrayList<>();
        for (Object each : value instanceof List<?> list ? list : List.of()) {
            nodes.add(new PlainNode(each, pointer + "/" + nodes.size()));
        }
        return nodes;
    }

    @Override
    public Map<String, JsonNode> asObject() {
        Map<String, JsonNode> nodes = new LinkedHashMap<>();
        Map<?, ?> map = value instanceof Map<?, ?> object ? object : Map.of();
        map.forEach(
                (key, each) -> nodes.put(String.valueOf(key), child(String.valueOf(key), each)));
        return nodes;
    }

    private JsonNode child(String key, @Nullable Object each) {
        return new PlainNode(each, pointer + "/" + JsonNode.encodeJsonPointer(key));
    }
}
