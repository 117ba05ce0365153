package io.shoestring.config.haproxy;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Turns HAProxy's configuration into ours. What has no counterpart is left out and told by its
 * line; what needs none, such as {@code daemon}, is not told.
 */
public final class HaproxyImport {
    private static final Set<String> PROXIES = Set.of("frontend", "backend", "listen");

    private final Notes notes = new Notes();
    private final Map<String, Object> listeners = new LinkedHashMap<>();
    private final Map<String, Object> backends = new LinkedHashMap<>();
    private final Map<String, String> nameOf = new HashMap<>();
    private final Map<String, Section> sectionOf = new HashMap<>();
    private final Map<String, Object> admin = new LinkedHashMap<>();

    /**
     * What came of it.
     *
     * @param yaml our configuration
     * @param files what the files beside it contain that it names, by their names: each byte of
     *     them is a character; secret
     * @param notes what could not be carried over, in the order of the file
     */
    public record Result(String yaml, Map<String, String> files, List<Note> notes) {
        public Result {
            files = Map.copyOf(files);
            notes = List.copyOf(notes);
        }

        /** Those lines which kept somebody out. */
        public List<Note> unprotected() {
            return notes.stream().filter(Note::protection).toList();
        }
    }

    /**
     * A line that was not carried over, or not as it was.
     *
     * @param line from 1
     * @param text the line
     * @param protection whether it kept somebody out, whom nothing keeps out now
     */
    public record Note(int line, String text, String why, boolean protection) {
        /** For the lines above what was imported, and at the end of the list. */
        String unprotected() {
            return "line %d: %s".formatted(line, text);
        }
    }

    private HaproxyImport() {}

    /** Reads HAProxy's configuration; whatever it is, there is a result. */
    public static Result read(String text) {
        return new HaproxyImport().translate(HaproxyText.sections(text));
    }

    private Result translate(List<Section> sections) {
        sections.stream().filter(HaproxyImport::serves).forEach(this::name);
        for (Section section : sections) {
            if (serves(section)) {
                var backend = new BackendImport(section, notes).translate();
                if (!backend.isEmpty()) {
                    backends.put(nameOf(section.name()), backend);
                    sectionOf.put(nameOf(section.name()), section);
                }
            } else if (section.kind().equals("global")) {
                section.own().forEach(this::global);
            } else if (!PROXIES.contains(section.kind()) && !section.kind().equals("userlist")) {
                notes.add(section.head(), "there are no such sections here");
            }
        }
        List<Directive> globals =
                sections.stream()
                        .filter(section -> section.kind().equals("global"))
                        .flatMap(section -> section.own().stream())
                        .toList();
        var logs = new LogImport(globals, notes);
        var users = new Userlists(sections, notes);
        for (Section section : sections) {
            if (Set.of("frontend", "listen").contains(section.kind())) {
                listeners.putAll(
                        new FrontendImport(
                                        section,
                                        this::backendOf,
                                        name -> Optional.ofNullable(sectionOf.get(name)),
                                        logs,
                                        users,
                                        notes)
                                .translate());
            }
        }
        users.noteUnused();
        List<Note> told = notes.sorted();
        return new Result(warning(told) + Yaml.write(whole()), users.files(), told);
    }

    /** Above all else in the file, so that nobody uses it without having read it. */
    private static String warning(List<Note> told) {
        List<String> open =
                told.stream()
                        .filter(Note::protection)
                        .map(it -> "#   " + it.unprotected())
                        .toList();
        return open.isEmpty()
                ? ""
                : "# NOT PROTECTED YET: these lines of HAProxy's kept somebody out, and nothing"
                        + " does here.\n"
                        + String.join("\n", open)
                        + "\n# Say it by hand (refusals, logins, from), then remove this.\n";
    }

    /** Whether it has servers, or should have. */
    private static boolean serves(Section section) {
        return section.kind().equals("backend")
                || (section.kind().equals("listen")
                        && section.own().stream().anyMatch(each -> each.is("server")));
    }

    private Map<String, Object> whole() {
        Map<String, Object> cluster = new LinkedHashMap<>();
        cluster.put("name", "imported");
        cluster.put("nodes", Map.of("local", "127.0.0.1"));
        cluster.put("directory", "/var/lib/shoestring");
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("cluster", cluster);
        if (!listeners.isEmpty()) {
            whole.put("listeners", listeners);
        }
        if (!backends.isEmpty()) {
            whole.put("backends", backends);
        }
        if (!admin.isEmpty()) {
            whole.put("admin", admin);
        }
        return whole;
    }

    private void name(Section section) {
        Set<String> taken = new TreeSet<>(nameOf.values());
        nameOf.put(section.name(), Names.unique(section.name(), taken));
    }

    private String nameOf(String haproxys) {
        return nameOf.getOrDefault(haproxys, Names.of(haproxys));
    }

    /** Our name of a backend; empty text if it has no servers that could be carried over. */
    private String backendOf(String haproxys) {
        String name = nameOf(haproxys);
        return backends.containsKey(name) ? name : "";
    }

    private void global(Directive directive) {
        if (directive.is("stats socket") && directive.word(2).startsWith("/")) {
            Map<String, Object> socket = new LinkedHashMap<>();
            socket.put("path", directive.word(2));
            int level = directive.words().indexOf("level");
            socket.put("level", level > 0 ? directive.word(level + 1) : "operator");
            int mode = directive.words().indexOf("mode");
            if (mode > 0) {
                String bits = directive.word(mode + 1).toLowerCase(Locale.ROOT);
                socket.put("mode", new Yaml.Text(bits.substring(Math.max(0, bits.length() - 3))));
            }
            admin.put("runtime-socket", socket);
        } else if (!LogImport.knows(directive) && !Known.needsNothing(directive)) {
            notes.add(directive, "there is no such setting here");
        }
    }
}
