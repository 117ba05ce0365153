package io.shoestring.config.haproxy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the servers of a backend are spoken to: TLS and HTTP/2. Here it is the same for all. */
final class ServerTlsImport {
    private static final Pattern FIXED_NAME = Pattern.compile("str\\(([A-Za-z0-9.-]+)\\)");

    private final Section section;
    private final List<ServerOptions> servers;
    private final Notes notes;

    ServerTlsImport(Section section, List<ServerOptions> servers, Notes notes) {
        this.section = section;
        this.servers = servers;
        this.notes = notes;
    }

    void addTo(Map<String, Object> backend) {
        List<ServerOptions> secured = servers.stream().filter(each -> each.has("ssl")).toList();
        boolean always =
                servers.stream().anyMatch(each -> each.value("proto").equals(Optional.of("h2")));
        if (!secured.isEmpty()) {
            ServerOptions first = secured.getFirst();
            backend.put("tls", tls(first));
            boolean offered =
                    first.value("alpn").filter(list -> list.matches("(.*,)?h2(,.*)?")).isPresent();
            if (offered && !always) {
                backend.put("http2", "tls");
            }
            if (secured.size() < servers.size()) {
                notes.add(
                        section.head(), "only some servers have 'ssl'; here all are spoken to so");
            }
        } else if (servers.stream().anyMatch(each -> each.has("check-ssl"))) {
            notes.add(section.head(), "servers are checked as they are spoken to: without TLS");
        }
        if (always) {
            backend.put("http2", "always");
        }
    }

    private Map<String, Object> tls(ServerOptions server) {
        Map<String, Object> tls = new LinkedHashMap<>();
        Optional<String> name = server.value("verifyhost").or(() -> fixedName(server));
        if (server.value("verify").equals(Optional.of("none"))) {
            tls.put("verify", "none");
        } else {
            // HAProxy looks for whom a certificate is only if it is told a name.
            tls.put("verify", name.isPresent() ? "full" : "authority");
            server.value("ca-file")
                    .filter(file -> !file.startsWith("@"))
                    .ifPresent(file -> tls.put("ca-file", file));
        }
        name.ifPresent(it -> tls.put("server-name", it));
        server.value("crt").ifPresent(file -> tls.put("certificate", file));
        return tls;
    }

    private Optional<String> fixedName(ServerOptions server) {
        Optional<String> sni = server.value("sni");
        Optional<String> name =
                sni.map(FIXED_NAME::matcher).filter(Matcher::matches).map(found -> found.group(1));
        if (sni.isPresent() && name.isEmpty()) {
            notes.add(
                    section.head(),
                    "'sni " + sni.get() + "': servers are asked for the host of their address");
        }
        return name;
    }
}
