package io.shoestring.admin;

import static java.util.Locale.ROOT;

import io.shoestring.admin.api.Json;
import io.shoestring.admin.api.Problem;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The description of the API by OpenAPI 3.1, made from the table of {@link Route}s and from the
 * records that are written and read.
 */
public final class OpenApi {
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain";

    private final RecordSchemas schemas = new RecordSchemas();

    private OpenApi() {}

    /** The whole description, the same in each run. */
    public static String text() {
        return Json.writeIndented(stable(new OpenApi().document())) + "\n";
    }

    /** What has no order of its own is sorted. */
    private static Object stable(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(OpenApi::stable).toList();
        }
        if (!(value instanceof Map<?, ?> map)) {
            return value;
        }
        Map<String, Object> copy =
                map instanceof LinkedHashMap ? new LinkedHashMap<>() : new TreeMap<>();
        map.forEach((key, each) -> copy.put((String) key, stable(each)));
        return copy;
    }

    private Map<String, Object> document() {
        Map<String, Map<String, Object>> paths = new LinkedHashMap<>();
        for (Route route : Route.values()) {
            paths.computeIfAbsent(route.path(), _ -> new LinkedHashMap<>())
                    .put(route.method().toLowerCase(ROOT), operation(route));
        }
        paths.put("/health", Map.of("get", health()));
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.1.0");
        document.put(
                "info",
                ordered(
                        "title",
                        "Shoestring",
                        "version",
                        "1",
                        "description",
                        "The administration of a node. What is absent is null. Components may be"
                                + " added; none is renamed, or removed, without another version in"
                                + " the path."));
        document.put("security", List.of(Map.of("token", List.of()), Map.of("user", List.of())));
        document.put("paths", paths);
        document.put("components", components());
        return document;
    }

    private Map<String, Object> components() {
        return ordered(
                "securitySchemes",
                ordered(
                        "token",
                        Map.of("type", "http", "scheme", "bearer"),
                        "user",
                        Map.of("type", "http", "scheme", "basic")),
                "schemas",
                schemas.named());
    }

    private Map<String, Object> operation(Route route) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("operationId", route.name().toLowerCase(ROOT));
        operation.put("summary", route.summary());
        operation.put(
                "description", "Needs the role " + Gate.told(route.role()) + ", or a higher one.");
        operation.put("parameters", parameters(route));
        if (route.body() != Void.class) {
            operation.put(
                    "requestBody",
                    Map.of("content", Map.of(JSON, Map.of("schema", schemas.of(route.body())))));
        }
        operation.put("responses", responses(route));
        return operation;
    }

    private static List<Object> parameters(Route route) {
        List<Object> all = new ArrayList<>();
        for (String name : route.variables()) {
            all.add(
                    ordered(
                            "name",
                            name,
                            "in",
                            "path",
                            "required",
                            true,
                            "schema",
                            Map.of("type", "string")));
        }
        for (RouteParameters.Parameter each : RouteParameters.of(route)) {
            all.add(
                    ordered(
                            "name",
                            each.name(),
                            "in",
                            "query",
                            "required",
                            each.required(),
                            "description",
                            each.description(),
                            "schema",
                            each.schema()));
        }
        return all;
    }

    private Map<String, Object> responses(Route route) {
        Map<String, Object> responses = new LinkedHashMap<>();
        responses.put("200", answer("As asked.", route.answer()));
        if (route.method().equals("POST")) {
            responses.put("409", answer("Refused; the sentence says why.", route.answer()));
        }
        responses.put("default", answer("The sentence says what is wrong.", Problem.class));
        return responses;
    }

    private Map<String, Object> answer(String description, Class<?> type) {
        return ordered("description", description, "content", content(type));
    }

    private Map<String, Object> content(Class<?> type) {
        if (type == Void.class) {
            return Map.of("text/event-stream", Map.of());
        }
        if (type == String.class) {
            return Map.of(TEXT, Map.of("schema", Map.of("type", "string")));
        }
        return type == Map.class
                ? Map.of(JSON, Map.of("schema", Map.of("type", "object")))
                : Map.of(JSON, Map.of("schema", schemas.of(type)));
    }

    private static Map<String, Object> health() {
        Map<String, Object> schema =
                ordered(
                        "type",
                        "object",
                        "required",
                        List.of("ok"),
                        "properties",
                        Map.of("ok", Map.of("const", true)));
        return ordered(
                "operationId",
                "health",
                "summary",
                "Whether the node's administration answers. Open to everybody.",
                "security",
                List.of(),
                "responses",
                Map.of(
                        "200",
                        ordered(
                                "description",
                                "It does.",
                                "content",
                                Map.of(JSON, Map.of("schema", schema)))));
    }

    /** Keeps the order of the pairs. */
    private static Map<String, Object> ordered(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
