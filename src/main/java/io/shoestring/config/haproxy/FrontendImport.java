package io.shoestring.config.haproxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A {@code frontend}, or the clients' part of a {@code listen}: a listener for each {@code bind}.
 */
final class FrontendImport {
    private static final List<String> KNOWN =
            List.of(
                    "bind",
                    "acl",
                    "use_backend",
                    "default_backend",
                    "timeout client",
                    "maxconn",
                    "option forwardfor",
                    "redirect",
                    "http-request",
                    "http-response",
                    "tcp-request connection reject",
                    "tcp-request session reject",
                    "tcp-request content reject",
                    "option httplog",
                    "option tcplog",
                    "log");
    private static final Set<String> BIND_FLAGS = Set.of("ssl", "accept-proxy", "tfo", "v4v6");
    private static final Set<String> BIND_VALUES =
            Set.of("crt", "alpn", "ca-file", "verify", "name", "ssl-min-ver", "maxconn");

    private final Section section;
    private final UnaryOperator<String> backendOf;
    private final Function<String, Optional<Section>> sectionOf;
    private final LogImport logs;
    private final Notes notes;
    private final LimitsImport limits;
    private final Userlists users;

    /**
     * @param backendOf our name of HAProxy's backend; empty text if there is none
     * @param sectionOf the section of a backend by our name
     * @param logs where lines go
     * @param users who can log in
     */
    FrontendImport(
            Section section,
            UnaryOperator<String> backendOf,
            Function<String, Optional<Section>> sectionOf,
            LogImport logs,
            Userlists users,
            Notes notes) {
        this.section = section;
        this.backendOf = backendOf;
        this.sectionOf = sectionOf;
        this.logs = logs;
        this.notes = notes;
        this.users = users;
        this.limits = new LimitsImport(section, notes);
    }

    static boolean knows(Directive each) {
        return KNOWN.stream().anyMatch(each::is);
    }

    Map<String, Object> translate() {
        Map<String, Object> listeners = new LinkedHashMap<>();
        Set<String> names = new TreeSet<>();
        section.all().filter(each -> !knows(each) && !limits.has(each)).forEach(this::unknown);
        if (section.own().stream().noneMatch(each -> each.is("bind"))) {
            notes.add(section.head(), "no line 'bind' says where clients connect");
        }
        for (Directive bind : section.own()) {
            if (bind.is("bind")) {
                for (String address : bind.word(1).split(",", -1)) {
                    bound(bind, address)
                            .ifPresent(
                                    it -> {
                                        String name = Names.unique(section.name(), names);
                                        names.add(name);
                                        listeners.put(name, it);
                                    });
                }
            }
        }
        return listeners;
    }

    private void unknown(Directive each) {
        boolean ofServers =
                section.kind().equals("listen")
                        && section.own().stream().anyMatch(it -> it.is("server"));
        boolean inherited = section.defaults().contains(each);
        if (!ofServers && !inherited && !Known.needsNothing(each)) {
            notes.add(each, "listeners have no such setting here");
        }
    }

    private Optional<Map<String, Object>> bound(Directive bind, String text) {
        Optional<String> address = address(text);
        if (address.isEmpty()) {
            notes.add(bind, "'" + text + "' is no address with one port");
            return Optional.empty();
        }
        Map<String, Object> listener = new LinkedHashMap<>();
        listener.put("bind", address.get());
        listener.put("protocol", section.isHttp() ? "http" : "tcp");
        boolean tls = tls(bind, listener);
        new RulesImport(section, new Acls(section), tls, limits, users, backendOf, notes)
                .addTo(listener);
        limits.addTo(listener);
        defaultBackend(listener);
        new RouteChanges(section, tls, sectionOf, notes).addTo(listener);
        section.last("timeout client")
                .flatMap(it -> Times.of(it.word(2)))
                .ifPresent(it -> listener.put("client-timeout", it));
        section.own().stream()
                .filter(each -> each.is("maxconn"))
                .forEach(each -> listener.put("max-connections", each.word(1)));
        if (section.isHttp() && !section.has("forwardfor")) {
            listener.put("forwarded", "none");
        }
        section.last("option forwardfor")
                .filter(it -> it.words().size() > 2)
                .ifPresent(it -> notes.add(it, "X-Forwarded-For is added for every client"));
        logs.translate(section).ifPresent(it -> listener.put("access-log", it));
        if (List.of("backend", "routes", "redirects").stream().noneMatch(listener::containsKey)) {
            notes.add(
                    bind,
                    "it leads to no backend; statistics are at /haproxy;csv of the admin address");
            return Optional.empty();
        }
        return Optional.of(listener);
    }

    private void defaultBackend(Map<String, Object> listener) {
        boolean own = section.own().stream().anyMatch(each -> each.is("server"));
        String wanted =
                own
                        ? section.name()
                        : section.last("default_backend").map(it -> it.word(1)).orElse("");
        String ours = wanted.isEmpty() ? "" : backendOf.apply(wanted);
        if (!ours.isEmpty()) {
            listener.put("backend", ours);
        } else if (!wanted.isEmpty()) {
            section.last("default_backend")
                    .ifPresent(it -> notes.add(it, "that backend was not carried over"));
        }
    }

    private boolean tls(Directive bind, Map<String, Object> listener) {
        List<String> certificates = new ArrayList<>();
        LinkedHashMap<String, Object> tls = new LinkedHashMap<>();
        boolean ends = bind.words().contains("ssl");
        for (int i = 2; i < bind.words().size(); i++) {
            String word = bind.word(i);
            if (BIND_VALUES.contains(word)) {
                String value = bind.word(++i);
                switch (word) {
                    case "crt" -> certificates.add(value);
                    case "ca-file" -> tls.put("client-ca-file", value);
                    case "verify" -> {
                        if (value.equals("optional")) {
                            tls.put("client-certificate-required", "no");
                        }
                    }
                    case "ssl-min-ver" -> {
                        if (value.equals("TLSv1.3")) {
                            tls.put("minimum", new Yaml.Text("1.3"));
                        }
                    }
                    case "maxconn" -> listener.put("max-connections", value);
                    default -> {}
                }
            } else if (!BIND_FLAGS.contains(word)) {
                notes.add(bind, "'" + word + "' has no counterpart here");
            }
        }
        if (bind.words().contains("accept-proxy")) {
            listener.put("proxy-protocol-from", List.of("0.0.0.0/0", "::/0"));
            notes.add(bind, "name the proxies that may speak for others in proxy-protocol-from");
        }
        if (ends && !certificates.isEmpty()) {
            tls.putFirst("certificates", certificates);
            listener.put("tls", tls);
        } else if (ends) {
            notes.add(bind, "no certificate is named; the listener speaks without TLS");
        }
        return ends;
    }

    private static Optional<String> address(String text) {
        String plain = text.replaceFirst("^ipv[46]@", "");
        int colon = plain.lastIndexOf(':');
        if (colon < 0
                || !plain.substring(colon + 1).matches("[1-9][0-9]{0,4}")
                || plain.contains("/")) {
            return Optional.empty();
        }
        String host = plain.substring(0, colon);
        String port = plain.substring(colon);
        return switch (host) {
            case "", "*" -> Optional.of("0.0.0.0" + port);
            case "::" -> Optional.of("[::]" + port);
            default ->
                    host.contains("$")
                            ? Optional.empty()
                            : Optional.of(
                                    (host.contains(":") && !host.startsWith("[")
                                                    ? "[" + host + "]"
                                                    : host)
                                            + port);
        };
    }
}
