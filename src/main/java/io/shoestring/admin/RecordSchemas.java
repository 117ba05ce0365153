package io.shoestring.admin;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * JSON Schemas of records as {@link io.shoestring.admin.api.Json} writes them: every component is
 * there, and what is absent is null. Used by one thread.
 */
final class RecordSchemas {
    private static final String PLACE = "#/components/schemas/";

    private final Map<String, Object> named = new TreeMap<>();

    /** The schemas of all records that were asked for, and of those in them, by name. */
    Map<String, Object> named() {
        return named;
    }

    /**
     * The schema of a type.
     *
     * @throws IllegalArgumentException if its JSON form is not known here
     */
    Map<String, Object> of(Type type) {
        if (type instanceof ParameterizedType generic) {
            return ofGeneric(generic);
        }
        if (!(type instanceof Class<?> plain)) {
            throw unknown(type);
        }
        return plain.isRecord() ? ofRecord(plain) : ofPlain(plain);
    }

    private Map<String, Object> ofGeneric(ParameterizedType generic) {
        Class<?> raw = (Class<?>) generic.getRawType();
        Type[] arguments = generic.getActualTypeArguments();
        if (raw == Optional.class) {
            return orNull(of(arguments[0]));
        }
        if (Collection.class.isAssignableFrom(raw)) {
            return Map.of("type", "array", "items", of(arguments[0]));
        }
        if (Map.class.isAssignableFrom(raw)) {
            return Map.of("type", "object", "additionalProperties", of(arguments[1]));
        }
        throw unknown(generic);
    }

    private Map<String, Object> ofPlain(Class<?> plain) {
        if (plain.isEnum()) {
            return Map.of(
                    "type",
                    "string",
                    "enum",
                    Arrays.stream(plain.getEnumConstants()).map(Object::toString).toList());
        }
        if (plain == String.class) {
            return Map.of("type", "string");
        }
        if (plain == boolean.class || plain == Boolean.class) {
            return Map.of("type", "boolean");
        }
        if (plain == long.class
                || plain == Long.class
                || plain == int.class
                || plain == Integer.class) {
            return Map.of("type", "integer");
        }
        if (plain == double.class || plain == Double.class) {
            return Map.of("type", "number");
        }
        if (plain == Instant.class) {
            return Map.of("type", "string", "format", "date-time");
        }
        if (plain == OptionalLong.class || plain == OptionalInt.class) {
            return Map.of("type", List.of("integer", "null"));
        }
        if (plain == OptionalDouble.class) {
            return Map.of("type", List.of("number", "null"));
        }
        if (plain.isArray()) {
            return Map.of("type", "array", "items", of(plain.getComponentType()));
        }
        throw unknown(plain);
    }

    private Map<String, Object> ofRecord(Class<?> type) {
        String name = nameOf(type);
        if (!named.containsKey(name)) {
            // Before its components are looked at: one of them may be of the same type.
            named.put(name, Map.of());
            named.put(name, objectOf(type));
        }
        return Map.of("$ref", PLACE + name);
    }

    private Map<String, Object> objectOf(Class<?> type) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            properties.put(component.getName(), of(component.getGenericType()));
            required.add(component.getName());
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("required", required);
        schema.put("properties", properties);
        return schema;
    }

    /** As people call it: with the record that it is written in, if it is. */
    private static String nameOf(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return outer == null ? type.getSimpleName() : nameOf(outer) + "." + type.getSimpleName();
    }

    private static Map<String, Object> orNull(Map<String, Object> schema) {
        return Map.of("anyOf", List.of(schema, Map.of("type", "null")));
    }

    private static IllegalArgumentException unknown(Type type) {
        return new IllegalArgumentException("how " + type + " looks in JSON is not known");
    }
}
