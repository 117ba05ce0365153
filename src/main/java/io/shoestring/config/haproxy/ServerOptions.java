package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The words behind a server's address.
 *
 * @param values by their names; those that have none have an empty text
 * @param unknown names that have no counterpart here
 */
record ServerOptions(Map<String, String> values, List<String> unknown) {
    private static final Set<String> ALONE =
            Set.of(
                    "check",
                    "backup",
                    "send-proxy",
                    "send-proxy-v2",
                    "agent-check",
                    "ssl",
                    "check-ssl");
    private static final Set<String> WITH_VALUE =
            Set.of(
                    "weight",
                    "maxconn",
                    "inter",
                    "fastinter",
                    "downinter",
                    "rise",
                    "fall",
                    "port",
                    "slowstart",
                    "agent-port",
                    "agent-inter",
                    "cookie",
                    "id",
                    "observe",
                    "error-limit",
                    "on-error",
                    "alpn",
                    "ca-file",
                    "crt",
                    "proto",
                    "sni",
                    "verify",
                    "verifyhost");

    /** What takes a word with it that must not be taken for a name. */
    private static final Set<String> UNKNOWN_WITH_VALUE =
            Set.of(
                    "addr",
                    "agent-addr",
                    "agent-send",
                    "check-alpn",
                    "check-proto",
                    "check-sni",
                    "ciphers",
                    "ciphersuites",
                    "crl-file",
                    "init-addr",
                    "maxqueue",
                    "minconn",
                    "namespace",
                    "on-marked-down",
                    "on-marked-up",
                    "pool-max-conn",
                    "pool-purge-delay",
                    "redir",
                    "resolvers",
                    "resolve-net",
                    "resolve-opts",
                    "resolve-prefer",
                    "source",
                    "ssl-max-ver",
                    "ssl-min-ver",
                    "tcp-ut",
                    "track");

    static ServerOptions of(List<String> words) {
        Map<String, String> values = new LinkedHashMap<>();
        List<String> unknown = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            String next = i + 1 < words.size() ? words.get(i + 1) : "";
            if (WITH_VALUE.contains(word)) {
                values.put(word, next);
                i++;
            } else if (ALONE.contains(word)) {
                values.put(word, "");
            } else {
                boolean more = UNKNOWN_WITH_VALUE.contains(word);
                unknown.add(more ? word + " " + next : word);
                i += more ? 1 : 0;
            }
        }
        return new ServerOptions(values, unknown);
    }

    /** These, and those of the server itself, which come first. */
    ServerOptions and(ServerOptions own) {
        Map<String, String> both = new LinkedHashMap<>(values);
        both.putAll(own.values);
        List<String> none = new ArrayList<>(unknown);
        none.addAll(own.unknown);
        if (none.contains("no-check")) {
            both.remove("check");
        }
        return new ServerOptions(both, none);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    Optional<String> value(String name) {
        return Optional.ofNullable(values.get(name)).filter(it -> !it.isEmpty());
    }
}
