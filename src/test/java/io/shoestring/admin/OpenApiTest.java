package io.shoestring.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;

import io.shoestring.config.AdminConfig;
import io.shoestring.config.PlainNode;
import io.shoestring.model.Endpoint;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the description of the API says, against what a server answers. */
@Timeout(60)
class OpenApiTest {
    private static final Path PUBLISHED = Path.of("docs/reference/openapi.json");
    private static final URI SCHEMA = URI.create("urn:answer");

    private final FakeNode node = new FakeNode(Situations.large());
    private final HttpClient http = HttpClient.newHttpClient();
    private final JsonNode description = JsonMapper.shared().readTree(OpenApi.text());
    @TempDir private Path directory;
    private AdminServer server;

    @BeforeEach
    void start() throws IOException {
        Situations.tell(node);
        server =
                new AdminServer(
                        new AdminConfig(
                                new Endpoint("127.0.0.1", 0), directory.resolve("admin.token")),
                        new AdminServer.Served(
                                node, Balancers.NONE, new InventedFigures(), Configurations.FIXED),
                        node,
                        "0.1.0");
        server.start();
    }

    @AfterEach
    void stop() {
        http.close();
        server.close();
    }

    @Test
    void thePublishedFileIsTheGeneratedOne() throws IOException {
        if (Boolean.getBoolean("regenerate")) {
            Files.writeString(PUBLISHED, OpenApi.text());
        }
        assertThat(Files.readString(PUBLISHED))
                .as("run './shoestring reference --write docs'")
                .isEqualTo(OpenApi.text());
        assertThat(send("GET", "/api/openapi.json").body()).isEqualTo(OpenApi.text());
    }

    @Test
    void everyRouteIsDescribedAndNothingElse() {
        List<String> described = new ArrayList<>();
        description
                .path("paths")
                .properties()
                .forEach(
                        path ->
                                path.getValue()
                                        .propertyNames()
                                        .forEach(
                                                method ->
                                                        described.add(
                                                                method + " " + path.getKey())));
        List<String> routes = new ArrayList<>(List.of("get /health"));
        for (Route route : Route.values()) {
            routes.add(route.method().toLowerCase(Locale.ROOT) + " " + route.path());
        }
        assertThat(described).containsExactlyInAnyOrderElementsOf(routes);
    }

    @Test
    void answersAreAsDescribed() {
        for (Route route : Route.values()) {
            Optional<String> schema = schemaOf(route, "200");
            if (schema.isEmpty()) {
                continue;
            }
            HttpResponse<String> answer = send(route.method(), example(route));
            if (answer.statusCode() >= 400 && answer.statusCode() != 409) {
                schema = schemaOf(route, "default");
            }
            assertThat(errors(schema.orElseThrow(), answer.body()))
                    .as("%s: %s", route, answer.body())
                    .isEmpty();
        }
    }

    @Test
    void problemsAreAsDescribed() {
        for (String path : List.of("/api/v1/nothing", "/api/v1/why", "/api/v1/events?after=x")) {
            HttpResponse<String> answer = send("GET", path);
            assertThat(answer.statusCode()).isBetween(400, 499);
            assertThat(errors("#/components/schemas/Problem", answer.body())).isEmpty();
        }
    }

    /** Or the tests above would find nothing. */
    @Test
    void anAnswerThatIsNotAsDescribedIsNoticed() {
        assertThat(errors("#/components/schemas/Problem", "{\"error\": 1}")).isNotEmpty();
        assertThat(errors("#/components/schemas/Problem", "{\"error\": \"a\", \"more\": 1}"))
                .isNotEmpty();
        assertThat(errors("#/components/schemas/EventList", "{\"events\": [{}], \"last\": 1}"))
                .isNotEmpty();
    }

    private Optional<String> schemaOf(Route route, String status) {
        JsonNode schema =
                description
                        .path("paths")
                        .path(route.path())
                        .path(route.method().toLowerCase(Locale.ROOT))
                        .path("responses")
                        .path(status)
                        .path("content")
                        .path("application/json")
                        .path("schema")
                        .path("$ref");
        return schema.isMissingNode() ? Optional.empty() : Optional.of(schema.asString());
    }

    private static String example(Route route) {
        String path = route.path().replace("{database}", "shop").replaceAll("\\{[a-z]+}", "a");
        return switch (route) {
            case WHY, SIZES -> path + "?database=shop";
            case HISTORY -> path + "?series=machine.*";
            default -> path;
        };
    }

    private HttpResponse<String> send(String method, String path) {
        String body = path.endsWith("move") ? "{\"to\": \"db1\"}" : "";
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://" + server.address() + path))
                        .header("Authorization", "Bearer " + server.token())
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build();
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What an independent validator finds, which lets nothing pass that is not described. */
    private List<String> errors(String reference, String answer) {
        ObjectNode schema = JsonMapper.shared().createObjectNode();
        schema.put("$ref", reference);
        schema.set("components", description.path("components").deepCopy());
        schema.path("components").path("schemas").forEach(OpenApiTest::close);
        Validator validator =
                new ValidatorFactory()
                        .withJsonNodeFactory(new PlainNode.Factory())
                        .createValidator();
        validator.registerSchema(SCHEMA, schema.toString());
        return validator.validate(SCHEMA, answer).getErrors().stream()
                .map(error -> error.getInstanceLocation() + ": " + error.getError())
                .toList();
    }

    private static void close(JsonNode schema) {
        if (schema instanceof ObjectNode object && object.has("properties")) {
            object.put("additionalProperties", false);
        }
    }
}
