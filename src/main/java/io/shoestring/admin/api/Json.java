package io.shoestring.admin.api;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one JSON form of the API. Components keep the order of their record, instants are ISO 8601,
 * what is absent is {@code null}.
 */
public final class Json {
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                    // A newer node may say more than an older command knows.
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .addModule(RecordMakers.module())
                    .build();
    private static final JsonMapper STRICT =
            MAPPER.rebuild().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
    private static final JsonMapper INDENTED =
            MAPPER.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    /** One line. */
    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** Several lines, for people. */
    public static String writeIndented(Object value) {
        return INDENTED.writeValueAsString(value);
    }

    /**
     * Reads what a node answered; components that this version does not know are passed over.
     *
     * @throws IllegalArgumentException if the text is not such a value
     */
    public static <T> T read(String text, Class<T> type) {
        return read(MAPPER, text, type);
    }

    /**
     * Reads what a client asked; a component that is not known is an error, because a misspelt wish
     * must not be passed over.
     *
     * @throws IllegalArgumentException if the text is not such a value
     */
    public static <T> T readStrictly(String text, Class<T> type) {
        return read(STRICT, text, type);
    }

    private static <T> T read(JsonMapper mapper, String text, Class<T> type) {
        try {
            T value = mapper.readValue(text, type);
            if (value == null) {
                throw new IllegalArgumentException("null is not a " + type.getSimpleName());
            }
            return value;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }
}
