package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A {@code backend}, or the servers' part of a {@code listen}, as one of our backends. */
final class BackendImport {
    private static final Map<String, String> BALANCE =
            Map.of(
                    "roundrobin", "round-robin",
                    "static-rr", "round-robin",
                    "leastconn", "least-connections",
                    "first", "first",
                    "source", "source",
                    "random", "random");
    private static final Map<String, String> TIMEOUTS =
            Map.of("connect", "connect", "server", "server", "queue", "queue");
    private static final Set<String> COOKIE_WORDS_LEFT_OUT =
            Set.of("preserve", "postonly", "domain", "maxidle", "maxlife", "dynamic", "attr");
    private static final List<String> OF_FRONTENDS =
            List.of(
                    "bind",
                    "acl",
                    "default_backend",
                    "timeout client",
                    "maxconn",
                    "option forwardfor",
                    "option httplog",
                    "option tcplog",
                    "log");

    private final Section section;
    private final Notes notes;
    private final ServerOptions common;
    private final Map<String, Object> backend = new LinkedHashMap<>();
    private final Map<String, Object> timeouts = new LinkedHashMap<>();
    private final Map<String, Object> servers = new LinkedHashMap<>();
    private final Set<String> names = new TreeSet<>();
    private final List<ServerOptions> all = new ArrayList<>();

    BackendImport(Section section, Notes notes) {
        this.section = section;
        this.notes = notes;
        List<String> words =
                section.all()
                        .filter(each -> each.is("default-server"))
                        .flatMap(each -> each.from(1).stream())
                        .toList();
        this.common = ServerOptions.of(words);
    }

    /** Empty if it has no server that could be carried over. */
    Map<String, Object> translate() {
        section.all().forEach(this::directive);
        if (servers.isEmpty()) {
            notes.add(section.head(), "it has no server with an address and a port");
            return Map.of();
        }
        new CheckImport(section, all, notes).translate().ifPresent(it -> backend.put("check", it));
        agent();
        new ServerTlsImport(section, all, notes).addTo(backend);
        if (!timeouts.isEmpty()) {
            backend.put("timeouts", timeouts);
        }
        backend.put("servers", servers);
        return backend;
    }

    private void directive(Directive each) {
        switch (each.word(0)) {
            case "balance" -> balance(each);
            case "server" -> server(each);
            case "retries" -> backend.put("retries", each.word(1));
            case "cookie" -> cookie(each);
            case "timeout" -> timeout(each);
            default -> rest(each);
        }
    }

    private void rest(Directive each) {
        boolean known =
                each.is("default-server")
                        || CheckImport.knows(each)
                        || RouteChanges.knows(each)
                        || OF_FRONTENDS.stream().anyMatch(each::is)
                        || (section.kind().equals("listen") && FrontendImport.knows(each))
                        || Known.needsNothing(each);
        if (!known) {
            notes.add(each, "backends have no such setting here");
        }
    }

    private void balance(Directive each) {
        String rule = each.word(1).replaceAll("\\(.*", "");
        if (hash(each, rule)) {
            return;
        }
        String ours = BALANCE.get(rule);
        if (ours == null) {
            notes.add(each, "there is no such rule here; the servers take turns");
        } else {
            backend.put("balance", ours);
        }
    }

    /** Whether the rule keeps requests together by what is in them. */
    private boolean hash(Directive each, String rule) {
        Optional<String> by =
                switch (rule) {
                    case "uri" -> Optional.of("path");
                    case "url_param" -> Optional.of("query " + each.word(2));
                    case "hdr" ->
                            Optional.of("header " + each.word(1).replaceAll("^hdr\\(|[,)].*$", ""));
                    default -> Optional.empty();
                };
        by.ifPresent(
                key -> {
                    backend.put("balance", "hash");
                    backend.put("hash-by", key);
                    if (each.words().size() > (rule.equals("url_param") ? 3 : 2)) {
                        notes.add(each, "its further words have no counterpart here");
                    }
                });
        return by.isPresent();
    }

    private void timeout(Directive each) {
        Optional<String> time = Times.of(each.word(2));
        String ours = TIMEOUTS.get(each.word(1));
        if (ours != null && time.isPresent()) {
            timeouts.put(ours, time.get());
        } else if (!Set.of("client", "check").contains(each.word(1)) && !Known.needsNothing(each)) {
            notes.add(each, "there is no such time-out here");
        }
    }

    private void cookie(Directive each) {
        Map<String, Object> cookie = new LinkedHashMap<>();
        cookie.put("name", each.word(1));
        List<String> words = each.words();
        String mode = words.contains("prefix") ? "prefix" : "rewrite";
        if (words.contains("insert")) {
            cookie.put("indirect", words.contains("indirect") ? "yes" : "no");
        } else {
            cookie.put("mode", mode);
        }
        cookie.put("no-cache", words.contains("nocache") ? "yes" : "no");
        backend.put("sticky-cookie", cookie);
        notes.add(each, "the cookie's value is the server's name here");
        words.stream()
                .filter(COOKIE_WORDS_LEFT_OUT::contains)
                .forEach(word -> notes.add(each, "'" + word + "' has no counterpart here"));
    }

    private void server(Directive each) {
        ServerOptions options = common.and(ServerOptions.of(each.from(3)));
        Optional<String> address = address(each.word(2));
        if (address.isEmpty()) {
            notes.add(each, "a server needs an address and a port of its own here");
            return;
        }
        String name = Names.unique(each.word(1), names);
        names.add(name);
        all.add(options);
        Map<String, Object> server = new LinkedHashMap<>();
        server.put("address", address.get());
        options.value("weight").ifPresent(it -> server.put("weight", it));
        options.value("maxconn")
                .filter(it -> !it.equals("0"))
                .ifPresent(it -> server.put("max-connections", it));
        if (options.has("backup")) {
            server.put("backup", "yes");
        }
        servers.put(name, server.size() == 1 ? address.get() : server);
        proxyHeader(options);
        options.value("slowstart")
                .flatMap(Times::of)
                .ifPresent(it -> backend.put("slow-start", it));
        options.unknown()
                .forEach(word -> notes.add(each, "'" + word + "' has no counterpart here"));
    }

    private void proxyHeader(ServerOptions options) {
        if (options.has("send-proxy-v2")) {
            backend.put("proxy-protocol", "v2");
        } else if (options.has("send-proxy")) {
            backend.put("proxy-protocol", "v1");
        }
    }

    private void agent() {
        all.stream()
                .filter(each -> each.has("agent-check"))
                .findFirst()
                .flatMap(each -> each.value("agent-port").map(port -> agent(each, port)))
                .ifPresent(it -> backend.put("agent", it));
    }

    private static Map<String, Object> agent(ServerOptions options, String port) {
        Map<String, Object> agent = new LinkedHashMap<>();
        agent.put("port", port);
        options.value("agent-inter").flatMap(Times::of).ifPresent(it -> agent.put("every", it));
        return agent;
    }

    /** With a port; without what HAProxy writes before an address of a family. */
    private static Optional<String> address(String text) {
        String plain = text.replaceFirst("^ipv[46]@", "");
        int colon = plain.lastIndexOf(':');
        boolean sound =
                colon > 0
                        && plain.substring(colon + 1).matches("[1-9][0-9]{0,4}")
                        && !plain.contains("$")
                        && !plain.contains("/");
        if (!sound) {
            return Optional.empty();
        }
        String host = plain.substring(0, colon);
        boolean bare = host.contains(":") && !host.startsWith("[");
        return Optional.of((bare ? "[" + host + "]" : host) + plain.substring(colon));
    }
}
