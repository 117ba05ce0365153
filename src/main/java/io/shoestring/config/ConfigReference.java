package io.shoestring.config;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What is published about the configuration, made from the same tree that files are read by. */
public final class ConfigReference {
    private ConfigReference() {}

    /** The reference page: {@code docs/reference/configuration.md}. */
    public static String markdown() {
        return ReferencePage.markdown();
    }

    /** The JSON Schema, draft 2020-12: {@code docs/shoestring.schema.json}. */
    public static String jsonSchema() {
        JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        String json = mapper.writeValueAsString(JsonSchema.document());
        return json.replace("\r\n", "\n") + "\n";
    }
}
