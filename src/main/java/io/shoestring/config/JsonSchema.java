package io.shoestring.config;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;
import io.shoestring.config.Key.Variant;
import io.shoestring.config.Key.Variants;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tree of keys as a JSON Schema, for editors. It accepts every file that the reader accepts;
 * what only the reader checks (references, collisions, some values) passes the schema too.
 */
final class JsonSchema {
    private JsonSchema() {}

    static Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        document.put("title", "shoestring.yaml");
        document.putAll(section(Keys.ROOT));
        return document;
    }

    private static Map<String, Object> schema(Key key) {
        return switch (key) {
            case Value<?> value -> value(value);
            case Section section -> sectionOrPlain(section);
            case Variants variants -> variants(variants);
            case Table table -> table(table);
            case Items items -> items(items);
        };
    }

    private static Map<String, Object> value(Value<?> value) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", value.documentation());
        // Sorted: the order of Map.of differs from run to run.
        schema.putAll(new TreeMap<>(value.format().schema()));
        if (value.need() instanceof Need.Default(var text)) {
            schema.put("default", json(value, text));
        }
        schema.put("examples", List.of(json(value, value.example())));
        return schema;
    }

    private static Object json(Value<?> value, String text) {
        return value.format().isNumber() ? Integer.valueOf(text) : text;
    }

    private static Map<String, Object> sectionOrPlain(Section section) {
        if (section.plain().isEmpty()) {
            return section(section);
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", section.documentation());
        schema.put("anyOf", List.of(value(section.plain().get()), section(section)));
        return schema;
    }

    private static Map<String, Object> section(Section section) {
        Map<String, Object> properties = new LinkedHashMap<>();
        section.keys().forEach(key -> properties.put(key.name(), schema(key)));
        List<String> required =
                section.keys().stream()
                        .filter(key -> key.need() instanceof Need.Required)
                        .map(Key::name)
                        .toList();
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", section.documentation());
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("required", required);
        schema.put("additionalProperties", false);
        return schema;
    }

    private static Map<String, Object> variants(Variants variants) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", variants.documentation());
        schema.put(
                "anyOf",
                variants.variants().stream()
                        .map(variant -> variant(variant, variants.decisive().name()))
                        .toList());
        return schema;
    }

    /** The shape of one decisive value. */
    private static Map<String, Object> variant(Variant variant, String decisive) {
        Map<String, Object> schema = section(variant.section());
        Map<String, Object> properties = new LinkedHashMap<>();
        if (schema.get("properties") instanceof Map<?, ?> all) {
            all.forEach((name, property) -> properties.put(String.valueOf(name), property));
        }
        Map<String, Object> only = new LinkedHashMap<>();
        only.put("const", variant.word());
        properties.put(decisive, only);
        schema.put("properties", properties);
        return schema;
    }

    private static Map<String, Object> items(Items items) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", items.documentation());
        schema.put("type", "array");
        schema.put("minItems", 1);
        schema.put("maxItems", Key.MOST_ENTRIES);
        schema.put("items", schema(items.each()));
        return schema;
    }

    private static Map<String, Object> table(Table table) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", table.documentation());
        schema.put("type", "object");
        schema.put("minProperties", 1);
        schema.put("maxProperties", Key.MOST_ENTRIES);
        schema.put("propertyNames", new TreeMap<>(Formats.NAME.schema()));
        schema.put("additionalProperties", schema(table.each()));
        return schema;
    }
}
