package io.shoestring.config.haproxy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How HAProxy checks the servers of a backend, as our {@code check}. */
final class CheckImport {
    private static final Map<String, String> PROTOCOLS =
            Map.of(
                    "option httpchk", "http",
                    "option redis-check", "redis",
                    "option smtpchk", "smtp",
                    "option mysql-check", "mysql",
                    "option pgsql-check", "postgresql",
                    "option ssl-hello-chk", "tls-hello",
                    "option external-check", "command");
    private static final int METHODS_LONGEST = 20;

    private final Section section;
    private final List<ServerOptions> servers;
    private final Notes notes;
    private final Map<String, Object> check = new LinkedHashMap<>();
    private String method = "OPTIONS";
    private String path = "/";

    CheckImport(Section section, List<ServerOptions> servers, Notes notes) {
        this.section = section;
        this.servers = servers;
        this.notes = notes;
    }

    /** Whether it is about checks. */
    static boolean knows(Directive each) {
        return PROTOCOLS.keySet().stream().anyMatch(each::is)
                || each.is("http-check")
                || each.is("tcp-check")
                || each.is("option tcp-check")
                || each.is("external-check")
                || each.is("timeout check");
    }

    Optional<Map<String, Object>> translate() {
        Optional<ServerOptions> checked =
                servers.stream().filter(each -> each.has("check")).findFirst();
        if (checked.isEmpty()) {
            return Optional.empty();
        }
        if (!servers.stream().allMatch(each -> each.has("check"))) {
            notes.add(section.head(), "all of its servers are checked here");
        }
        protocol();
        section.all().forEach(this::detail);
        if ("http".equals(check.get("protocol"))) {
            check.remove("protocol");
            check.put("http", method + " " + path);
        }
        times(checked.get());
        return Optional.of(check);
    }

    private void protocol() {
        check.put("protocol", "tcp");
        section.all()
                .forEach(
                        each ->
                                PROTOCOLS.forEach(
                                        (start, protocol) -> {
                                            if (each.is(start)) {
                                                check.put("protocol", protocol);
                                                arguments(each, protocol);
                                            }
                                        }));
    }

    private void arguments(Directive each, String protocol) {
        int user = each.words().indexOf("user");
        if (user > 0) {
            check.put("user", each.word(user + 1));
        }
        if (protocol.equals("http") && each.words().size() > 2) {
            boolean pathOnly = each.words().size() == 3;
            method = pathOnly ? "OPTIONS" : each.word(2);
            path = each.word(pathOnly ? 2 : 3);
            String host = each.toString().replaceAll("(?s).*[Hh]ost:\\\\?\\s*", "");
            if (!host.equals(each.toString())) {
                check.put("host", host.replaceAll("[\\\\\\s].*", ""));
            }
        }
    }

    private void detail(Directive each) {
        boolean http = "http".equals(check.get("protocol"));
        if (each.is("http-check send") && http) {
            send(each);
        } else if (each.is("http-check expect") && http) {
            expect(each);
        } else if (each.is("external-check command")) {
            check.remove("protocol");
            check.put(
                    "command",
                    List.of(each.word(2), "NOT_USED", "NOT_USED", "{address}", "{port}"));
        } else if (each.is("timeout check")) {
            Times.of(each.word(2)).ifPresent(it -> check.put("timeout", it));
        } else if ((each.is("http-check") && http) || each.is("tcp-check")) {
            notes.add(each, "such a step of a check has no counterpart here");
        }
    }

    private void send(Directive each) {
        for (int i = 2; i < each.words().size(); i++) {
            switch (each.word(i)) {
                case "meth" -> method = each.word(++i);
                case "uri" -> path = each.word(++i);
                case "ver" -> i++;
                case "hdr" -> {
                    if (each.word(i + 1).equalsIgnoreCase("host")) {
                        check.put("host", each.word(i + 2));
                    } else {
                        notes.add(each, "only the field Host can be sent here");
                    }
                    i += 2;
                }
                default -> notes.add(each, "'" + each.word(i) + "' has no counterpart here");
            }
        }
    }

    private void expect(Directive each) {
        String what = each.word(2);
        String value = String.join(" ", each.from(3));
        switch (what) {
            case "status" ->
                    check.put(
                            "status",
                            new Yaml.Text(value.replaceAll("[^0-9,-]", "").replace(",", ", ")));
            case "string" -> check.put("body", value);
            case "rstring" -> check.put("body-matches", value);
            default -> notes.add(each, "that cannot be expected here");
        }
    }

    private void times(ServerOptions server) {
        server.value("port").ifPresent(it -> check.put("port", it));
        server.value("inter").flatMap(Times::of).ifPresent(it -> check.put("every", it));
        server.value("fastinter").flatMap(Times::of).ifPresent(it -> check.put("fast", it));
        server.value("rise").ifPresent(it -> check.put("rise", it));
        server.value("fall").ifPresent(it -> check.put("fall", it));
        if (server.has("observe")) {
            check.put(
                    "traffic",
                    "layer7".equals(server.values().get("observe")) ? "answers" : "connections");
        }
        if (method.length() > METHODS_LONGEST || !path.startsWith("/")) {
            check.put("http", "GET /");
            notes.add(section.head(), "the request of its check could not be carried over");
        }
    }
}
