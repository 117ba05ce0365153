package io.shoestring.sandbox.bench;

import io.shoestring.model.Endpoint;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A sandbox in a process of its own: two servers, and Shoestring before them as its users have it.
 *
 * @param listener where Shoestring is reached
 * @param figures of Shoestring; the servers are none of its cost
 * @param primary where its primary is reached directly
 * @param replica the same of its replica
 */
record Cluster(
        String name,
        Endpoint listener,
        ProcessFigures figures,
        Endpoint primary,
        Endpoint replica,
        String user,
        String password,
        String database) {

    /**
     * Starts one.
     *
     * @param program what comes before the arguments
     * @param reads replicas or primary
     */
    static Cluster start(
            Ground ground,
            String name,
            List<String> program,
            String engine,
            String reads,
            String pool)
            throws BenchException, IOException, InterruptedException {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of("sandbox", engine, "--json", "--reads", reads, "--pool", pool));
        Process process = ground.start(name, command);
        JsonNode sheet = JsonMapper.shared().readTree(ground.awaitLine(name, process, "{"));
        return new Cluster(
                name,
                endpoint(sheet.path("listener").asString()),
                new ProcessFigures(process.toHandle(), false),
                member(sheet, "primary"),
                member(sheet, "replica"),
                sheet.path("user").asString(),
                sheet.path("password").asString(),
                sheet.path("database").asString());
    }

    /** Shoestring before it. */
    Contender contender(Load load) {
        return new Contender(name, Peer.Kind.SHOESTRING, listener, figures, load);
    }

    private static Endpoint endpoint(String text) {
        int colon = text.lastIndexOf(':');
        return new Endpoint(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    private static Endpoint member(JsonNode sheet, String role) throws BenchException {
        for (JsonNode member : sheet.path("members")) {
            if (member.path("role").asString().equals(role)) {
                return endpoint(member.path("address").asString());
            }
        }
        throw new BenchException("The sandbox has no " + role + ".");
    }
}
