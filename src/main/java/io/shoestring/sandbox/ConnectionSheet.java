package io.shoestring.sandbox;

import io.shoestring.model.Endpoint;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How to use a sandbox.
 *
 * @param engine what runs the servers, for people
 * @param command by which a person connects
 * @param url by which an application in Java connects
 * @param admin the URL of the page and of the API
 * @param token what the page and the API ask for
 * @param config the node's configuration file
 * @param pids the process of each member's server, and {@code shoestring}: this process
 */
public record ConnectionSheet(
        String engine,
        String command,
        String url,
        Endpoint listener,
        Map<String, Member> members,
        String user,
        String password,
        String database,
        String admin,
        String token,
        Path config,
        Map<String, Long> pids) {
    public ConnectionSheet {
        members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
        pids = Collections.unmodifiableMap(new LinkedHashMap<>(pids));
    }

    /**
     * One server.
     *
     * @param role {@code primary} or {@code replica}
     */
    public record Member(String address, String role) {}

    /** One line for programs. */
    public String json() {
        JsonMapper mapper = JsonMapper.shared();
        ObjectNode object = mapper.createObjectNode();
        object.put("listener", listener.toString());
        ObjectNode list = object.putObject("members");
        members.forEach(
                (name, member) ->
                        list.putObject(name)
                                .put("address", member.address())
                                .put("role", member.role()));
        object.put("user", user);
        object.put("password", password);
        object.put("database", database);
        object.put("admin", admin);
        object.put("token", token);
        object.put("config", config.toString());
        ObjectNode processes = object.putObject("pids");
        pids.forEach(processes::put);
        return mapper.writeValueAsString(object);
    }

    /** Some lines for people. */
    public String text() {
        return """

        A %s cluster, with Shoestring in front of it:

        %s

        Connect:
          %s
          %s

        Look:
          status  shoestring status -c %s
          page    %s
          token   %s  (the page asks for it)
          files   %s

        Break something, for example the primary, and go on working:
          kill -9 %d
        """
                .formatted(
                        engine,
                        list(),
                        command,
                        url,
                        config,
                        admin,
                        token,
                        config.getParent(),
                        primaryPid());
    }

    private String list() {
        return members.entrySet().stream()
                .map(
                        member ->
                                "  %-3s %-8s %-21s process %d"
                                        .formatted(
                                                member.getKey(),
                                                member.getValue().role(),
                                                member.getValue().address(),
                                                pids.getOrDefault(member.getKey(), 0L)))
                .collect(Collectors.joining("\n"));
    }

    private long primaryPid() {
        return members.entrySet().stream()
                .filter(member -> member.getValue().role().equals("primary"))
                .map(member -> pids.getOrDefault(member.getKey(), 0L))
                .findFirst()
                .orElse(0L);
    }
}
