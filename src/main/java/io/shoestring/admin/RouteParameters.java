package io.shoestring.admin;

import java.util.List;
import java.util.Map;

/** What may stand in the query of a route: for the description of the API. */
final class RouteParameters {
    private static final Map<String, Object> TEXT = Map.of("type", "string");
    private static final Map<String, Object> INSTANT =
            Map.of(
                    "type",
                    "string",
                    "description",
                    "An instant like 2026-08-01T10:00:00Z, or seconds since 1970.");
    private static final Parameter DATABASE = new Parameter("database", true, "Which one.", TEXT);
    private static final Parameter REASON =
            new Parameter("reason", false, "Why; it stands in the events.", TEXT);
    private static final Parameter WHO =
            new Parameter(
                    "who",
                    false,
                    "Whose wish it is, if it is asked with the token of the node.",
                    TEXT);

    private RouteParameters() {}

    /**
     * One of them.
     *
     * @param schema of its value, as JSON Schema says it
     */
    record Parameter(
            String name, boolean required, String description, Map<String, Object> schema) {}

    static List<Parameter> of(Route route) {
        return switch (route) {
            case STATUS, MACHINES, DESCRIPTION, HAPROXY -> List.of();
            case EVENTS -> List.of(after(), number("limit", "At most so many; the newest.", 1_000));
            case STREAM -> List.of(after(), number("limit", "At most so many of before.", 1_000));
            case WHY, SIZES -> List.of(DATABASE);
            case STATEMENTS, URLS ->
                    List.of(
                            choice(
                                    "order",
                                    "What matters most.",
                                    List.of("total", "mean", "slowest", "count", "failures")),
                            number("limit", "At most so many rows.", 1_000));
            case CHANGES ->
                    List.of(
                            new Parameter("at", true, "The moment.", INSTANT),
                            number("seconds", "That are compared before and after it.", 43_200),
                            number("limit", "At most so many rows.", 2_000));
            case HISTORY ->
                    List.of(
                            new Parameter(
                                    "series",
                                    true,
                                    "Names with commas between; a * in each stands for any"
                                            + " letters.",
                                    TEXT),
                            new Parameter("from", false, "An hour ago without it.", INSTANT),
                            new Parameter("to", false, "Now without it.", INSTANT),
                            number("points", "At most so many of each series.", 4_000),
                            new Parameter("node", false, "All nodes without it.", TEXT));
            case METRICS ->
                    List.of(
                            choice(
                                    "names",
                                    "Whose names the figures have.",
                                    List.of("shoestring", "haproxy")));
            case SWITCHOVER,
                    RESTART,
                    FAILOVER,
                    PAUSE,
                    RESUME,
                    OFFLINE,
                    ONLINE,
                    MOVE,
                    BALANCE,
                    CONFIGURATION ->
                    List.of(WHO, REASON);
            case DRAIN, READY, MAINTENANCE, WEIGHT ->
                    List.of(
                            WHO,
                            REASON,
                            choice(
                                    "where",
                                    "On all nodes, or on the one that is asked.",
                                    List.of("cluster", "node")));
        };
    }

    private static Parameter after() {
        return new Parameter(
                "after",
                false,
                "Only events with a greater sequence.",
                Map.of("type", "integer", "minimum", 0));
    }

    private static Parameter number(String name, String description, int most) {
        return new Parameter(
                name, false, description, Map.of("type", "integer", "minimum", 0, "maximum", most));
    }

    private static Parameter choice(String name, String description, List<String> values) {
        return new Parameter(name, false, description, Map.of("type", "string", "enum", values));
    }
}
