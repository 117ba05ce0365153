package io.shoestring.config;

import java.util.Map;
import java.util.function.Function;

/**
 * How one kind of value is written.
 *
 * @param title the kind's name in the reference page
 * @param expected completes "expected …"
 * @param explanation for the reference page, or empty if the title says it all
 * @param schema the JSON Schema of it; may accept more than the parser, never less
 */
record Format<T>(
        Class<T> type,
        String title,
        String expected,
        String explanation,
        Map<String, Object> schema,
        Function<String, Parsed<T>> parser) {

    Parsed<T> parse(String text) {
        return switch (parser.apply(text)) {
            case Parsed.Good<T> good -> good;
            case Parsed.Bad<T>(var message, var hint) ->
                    new Parsed.Bad<>(message + "; expected " + expected, hint);
        };
    }

    boolean isNumber() {
        return "integer".equals(schema.get("type"));
    }
}
