package io.shoestring.admin;

import io.shoestring.admin.api.Json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The ways in which HAProxy writes its statistics. */
enum HaproxyFormat {
    /** Columns in a fixed order. */
    CSV,
    /** A line for each figure, with its place, name, kind and value. */
    TYPED,
    /** The same as objects. */
    JSON;

    private static final Map<String, String> OBJECTS =
            Map.of("0", "Frontend", "1", "Backend", "2", "Server");

    /** The one that is asked for by its name; CSV if none is. */
    static HaproxyFormat wanted(Predicate<String> asked) {
        if (asked.test("typed")) {
            return TYPED;
        }
        return asked.test("json") ? JSON : CSV;
    }

    /** The statistics. */
    String statistics(List<HaproxyStatistics.Row> rows) {
        return switch (this) {
            case CSV ->
                    HaproxyStatistics.header()
                            + rows.stream().map(Object::toString).collect(Collectors.joining());
            case TYPED -> rows.stream().map(HaproxyFormat::typed).collect(Collectors.joining("\n"));
            case JSON -> Json.write(rows.stream().map(HaproxyFormat::objects).toList()) + "\n";
        };
    }

    private static String typed(HaproxyStatistics.Row row) {
        String object = object(row).substring(0, 1);
        StringBuilder text = new StringBuilder();
        row.forEach(
                (position, name, value) ->
                        text.append(object)
                                .append('.')
                                .append(row.value("iid"))
                                .append('.')
                                .append(row.value("sid"))
                                .append('.')
                                .append(position)
                                .append('.')
                                .append(name)
                                .append(HaproxyTypes.STATISTICS.of(object, name).line(value)));
        return text.toString();
    }

    private static List<Map<String, Object>> objects(HaproxyStatistics.Row row) {
        String object = object(row);
        List<Map<String, Object>> objects = new ArrayList<>();
        row.forEach(
                (position, name, value) -> {
                    Map<String, Object> one = new LinkedHashMap<>();
                    one.put("objType", object);
                    one.put("proxyId", Long.valueOf(row.value("iid")));
                    one.put("id", Long.valueOf(row.value("sid")));
                    HaproxyTypes.Type type =
                            HaproxyTypes.STATISTICS.of(object.substring(0, 1), name);
                    figure(one, position, name, type, value);
                    objects.add(one);
                });
        return objects;
    }

    private static String object(HaproxyStatistics.Row row) {
        return Optional.ofNullable(OBJECTS.get(row.value("type"))).orElse("Unknown");
    }

    private static void figure(
            Map<String, Object> into,
            int position,
            String name,
            HaproxyTypes.Type type,
            String value) {
        Map<String, Object> field = new LinkedHashMap<>();
        field.put("pos", position);
        field.put("name", name);
        into.put("field", field);
        into.put("processNum", 1);
        into.put("tags", type.spelledTags());
        into.put("value", type.value(value));
    }

    /** What is known of the process, by HAProxy's names. */
    String info(Map<String, Object> facts) {
        return switch (this) {
            case CSV ->
                    facts.entrySet().stream()
                            .map(fact -> fact.getKey() + ": " + fact.getValue() + "\n")
                            .collect(Collectors.joining());
            case TYPED ->
                    facts.entrySet().stream()
                            .map(fact -> infoLine(fact.getKey(), fact.getValue().toString()))
                            .collect(Collectors.joining());
            case JSON ->
                    Json.write(
                                    facts.entrySet().stream()
                                            .map(
                                                    fact ->
                                                            infoObject(
                                                                    fact.getKey(),
                                                                    fact.getValue().toString()))
                                            .toList())
                            + "\n";
        };
    }

    private static String infoLine(String name, String value) {
        HaproxyTypes.Type type = HaproxyTypes.INFO.of("", name);
        return type.position() + "." + name + type.line(value);
    }

    private static Map<String, Object> infoObject(String name, String value) {
        HaproxyTypes.Type type = HaproxyTypes.INFO.of("", name);
        Map<String, Object> one = new LinkedHashMap<>();
        figure(one, type.position(), name, type, value);
        return one;
    }
}
