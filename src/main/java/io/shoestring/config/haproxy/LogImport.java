package io.shoestring.config.haproxy;

import io.shoestring.config.SyslogConfig;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Where the lines of requests and connections go: to the first syslog server that is named. */
final class LogImport {
    private static final Set<String> HEADERS = Set.of("local", "rfc3164", "rfc5424");
    private static final Set<String> FACILITIES =
            Arrays.stream(SyslogConfig.Facility.values())
                    .map(SyslogConfig.Facility::word)
                    .collect(Collectors.toSet());
    private static final Set<String> WITH_VALUE = Set.of("len", "format", "sample", "profile");
    private static final String PORT = ":514";

    private final List<Directive> globals;
    private final boolean withHost;
    private final Notes notes;

    /**
     * @param globals HAProxy's directives for all sections
     */
    LogImport(List<Directive> globals, Notes notes) {
        this.globals = globals.stream().filter(each -> each.is("log")).toList();
        this.withHost = globals.stream().anyMatch(each -> each.is("log-send-hostname"));
        this.notes = notes;
    }

    /** Whether it is dealt with here. */
    static boolean knows(Directive global) {
        return global.is("log") || global.is("log-send-hostname");
    }

    /** The access log of a section's listeners; empty if it writes none that we know. */
    Optional<Map<String, Object>> translate(Section section) {
        Optional<Directive> option =
                section.last("option httplog").or(() -> section.last("option tcplog"));
        if (option.isEmpty() || !(section.has("httplog") || section.has("tcplog"))) {
            return Optional.empty();
        }
        List<Directive> logs = logs(section);
        if (logs.isEmpty()) {
            notes.add(option.get(), "say where to: 'access-log: FILE'");
            return Optional.empty();
        }
        logs.stream()
                .skip(1)
                .forEach(each -> notes.add(each, "lines go to one syslog server here"));
        return syslog(logs.getFirst());
    }

    private List<Directive> logs(Section section) {
        List<Directive> logs = new ArrayList<>();
        for (Directive each : section.all().toList()) {
            if (each.is("no log")) {
                logs.clear();
            } else if (each.is("log global")) {
                logs.addAll(globals);
            } else if (each.is("log")) {
                logs.add(each);
            }
        }
        return logs.stream().distinct().toList();
    }

    private Optional<Map<String, Object>> syslog(Directive log) {
        Optional<String> target = target(log.word(1));
        if (target.isEmpty()) {
            notes.add(log, "'" + log.word(1) + "' is no syslog server; say 'access-log: FILE'");
            return Optional.empty();
        }
        Map<String, Object> syslog = new LinkedHashMap<>();
        syslog.put("to", target.get());
        if (withHost) {
            syslog.put("header", "rfc3164");
        }
        for (int i = 2; i < log.words().size(); i++) {
            String word = log.word(i);
            if (WITH_VALUE.contains(word)) {
                setting(log, word, log.word(++i), syslog);
            } else if (FACILITIES.contains(word)) {
                syslog.put("facility", word);
            }
        }
        Map<String, Object> accessLog = new LinkedHashMap<>();
        accessLog.put("syslog", syslog);
        return Optional.of(accessLog);
    }

    private void setting(Directive log, String name, String value, Map<String, Object> syslog) {
        boolean header = name.equals("format") && HEADERS.contains(value);
        if (header) {
            syslog.put("header", value);
        } else if (!name.equals("len")) {
            notes.add(log, "'" + name + " " + value + "' has no counterpart here");
        }
    }

    private static Optional<String> target(String text) {
        String plain = text.replaceFirst("^(udp[46]?|ipv[46]|unix)@", "");
        if (plain.startsWith("/")) {
            return Optional.of(plain);
        }
        if (plain.matches("\\[[0-9a-fA-F:.]+](:[0-9]+)?|[A-Za-z0-9.-]+(:[0-9]+)?")) {
            boolean stream = Set.of("stdout", "stderr").contains(plain);
            boolean port = plain.matches(".*[^:]:[0-9]+");
            return stream ? Optional.empty() : Optional.of(port ? plain : plain + PORT);
        }
        return Optional.empty();
    }
}
