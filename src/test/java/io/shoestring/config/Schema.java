package io.shoestring.config;

import dev.harrel.jsonschema.Error;
import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.ValidatorFactory;

import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.util.List;

/** An independent validator with the published schema. */
final class Schema {
    private static final URI ADDRESS = URI.create("urn:shoestring");

    private final dev.harrel.jsonschema.Validator validator =
            new ValidatorFactory().withJsonNodeFactory(new PlainNode.Factory()).createValidator();

    Schema() {
        Object schema = JsonMapper.shared().readValue(ConfigReference.jsonSchema(), Object.class);
        validator.registerSchema(ADDRESS, schema);
    }

    /** What an editor would underline in that YAML. */
    List<String> errors(String yaml) {
        Object value = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        JsonNode node = new PlainNode(value, "");
        return validator.validate(ADDRESS, node).getErrors().stream().map(Schema::line).toList();
    }

    private static String line(Error error) {
        return error.getInstanceLocation() + ": " + error.getError();
    }
}
