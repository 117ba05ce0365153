package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.Balancers.Watcher;
import io.shoestring.admin.Balancers.Wish;
import io.shoestring.config.AdminConfig.Level;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.ListenerStatus;
import io.shoestring.node.Operations;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The commands of HAProxy's runtime socket that have a meaning here, answered word for word as
 * HAProxy 2.6 answers them. Any thread.
 */
final class RuntimeCommands {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeCommands.class);
    private final Balancers balancers;
    private final Operations operations;
    private final RuntimeInfo info;
    private final List<Command> commands;

    /**
     * @param start its words
     * @param usage with the words that follow
     * @param level who may
     */
    private record Command(
            List<String> start,
            String usage,
            String help,
            Level level,
            Function<List<String>, String> action) {
        boolean fits(List<String> words) {
            return words.size() >= start.size() && words.subList(0, start.size()).equals(start);
        }
    }

    RuntimeCommands(Balancers balancers, Operations operations, RuntimeInfo info) {
        this.balancers = requireNonNull(balancers, "balancers is null");
        this.operations = requireNonNull(operations, "operations is null");
        this.info = requireNonNull(info, "info is null");
        var servers = new RuntimeServers(balancers);
        var sessions = new RuntimeSessions(balancers);
        this.commands =
                Stream.of(changes(servers, sessions), looks(servers, sessions), nothing())
                        .flatMap(List::stream)
                        .sorted(Comparator.comparing(Command::usage))
                        .toList();
    }

    private static List<Command> changes(RuntimeServers servers, RuntimeSessions sessions) {
        return List.of(
                change(
                        "disable agent",
                        " b/s",
                        "disable agent checks",
                        words -> servers.watch(words, Watcher.AGENT, false)),
                change(
                        "disable health",
                        " b/s",
                        "disable health checks",
                        words -> servers.watch(words, Watcher.CHECK, false)),
                change(
                        "disable server",
                        " b/s",
                        "disable a server for maintenance",
                        words -> servers.state(words, Wish.MAINTENANCE)),
                change(
                        "enable agent",
                        " b/s",
                        "enable agent checks",
                        words -> servers.watch(words, Watcher.AGENT, true)),
                change(
                        "enable health",
                        " b/s",
                        "enable health checks",
                        words -> servers.watch(words, Watcher.CHECK, true)),
                change(
                        "enable server",
                        " b/s",
                        "enable a disabled server",
                        words -> servers.state(words, Wish.READY)),
                change(
                        "set maxconn server",
                        " b/s <number>",
                        "change a server's maxconn setting",
                        servers::limit),
                change(
                        "set server",
                        " b/s [opts]",
                        "change a server's state, weight, health or address",
                        servers::set),
                change("set weight", " b/s <weight>", "change a server's weight", servers::weigh),
                change("shutdown session", " <id>", "kill a specific session", sessions::end),
                change(
                        "shutdown sessions server",
                        " b/s",
                        "kill sessions on a server",
                        words -> servers.with(words, sessions::endAt)));
    }

    private List<Command> looks(RuntimeServers servers, RuntimeSessions sessions) {
        return List.of(
                look("get weight", " b/s", "report a server's current weight", servers::weightOf),
                look("show backend", "", "list backends", _ -> backends()),
                look("show errors", "", "report last request and response errors", _ -> errors()),
                look(
                        "show info",
                        " [json|typed]",
                        "report information about the running process",
                        this::info),
                look("show pools", "", "report the memory of buffers", _ -> info.pools()),
                look(
                        "show servers conn",
                        " [backend]",
                        "dump server connections status",
                        words ->
                                servers(
                                        words,
                                        (all, first, only) ->
                                                sessions.connections(all, first, only))),
                look(
                        "show servers state",
                        " [backend]",
                        "dump the state of servers",
                        words ->
                                servers(
                                        words,
                                        (all, first, only) ->
                                                new RuntimeStates(balancers)
                                                        .text(all, first, only))),
                look(
                        "show sess",
                        " [all|id]",
                        "report the list of current sessions",
                        words -> sessions.show(words, listeners())),
                look(
                        "show stat",
                        " [id type server] [json|typed]",
                        "report counters of each proxy and server",
                        this::statistics),
                look("show version", "", "show version of the current process", _ -> version()));
    }

    /** What HAProxy can have, and a dashboard may ask for: there is none of it here. */
    private static List<Command> nothing() {
        return List.of(
                look("show acl", "", "report available acls", _ -> "# id (file) description\n"),
                look("show map", "", "report available maps", _ -> "# id (file) description\n"),
                look("show peers", "", "dump some information about all the peers", _ -> ""),
                look("show table", "", "report table usage stats", _ -> ""));
    }

    /** What is said of the servers of all backends, or of one. */
    private interface OfServers {
        String text(List<BackendStatus> all, int first, Optional<String> only);
    }

    private static Command look(
            String start, String usage, String help, Function<List<String>, String> action) {
        return new Command(List.of(start.split(" ", -1)), start + usage, help, Level.USER, action);
    }

    private static Command change(
            String start, String usage, String help, Function<List<String>, String> action) {
        return new Command(List.of(start.split(" ", -1)), start + usage, help, Level.ADMIN, action);
    }

    /** The answer, with its last end of line; empty if there is nothing to say. */
    String answer(List<String> words, Level level) {
        if (words.equals(List.of("show", "cli", "level"))) {
            return level.name().toLowerCase(Locale.ROOT) + "\n";
        }
        if (words.isEmpty()) {
            return help("Unknown command. Please enter one of the following commands only:", "");
        }
        if (words.getFirst().equals("help")) {
            return help("The following commands are valid at this level:", "");
        }
        Optional<Command> found = commands.stream().filter(each -> each.fits(words)).findFirst();
        if (found.isEmpty()) {
            return help(
                    "Unknown command, but maybe one of the following ones is a better match:",
                    words.getFirst());
        }
        Command command = found.get();
        if (level.compareTo(command.level()) < 0) {
            return "Permission denied\n";
        }
        String answer = command.action().apply(words.subList(command.start().size(), words.size()));
        if (command.level() == Level.ADMIN) {
            LOG.info("runtime socket: {}: {}", String.join(" ", words), answer.strip());
        }
        return answer;
    }

    private String help(String title, String first) {
        List<Command> some =
                commands.stream().filter(each -> each.start().getFirst().equals(first)).toList();
        return (some.isEmpty() ? commands : some)
                .stream()
                        .map(each -> line(each.usage(), each.help()))
                        .collect(
                                Collectors.joining(
                                        "",
                                        title + "\n",
                                        line("help", "list all commands")
                                                + line(
                                                        "operator",
                                                        "lower the level of this session to"
                                                                + " operator")
                                                + line(
                                                        "prompt",
                                                        "toggle interactive mode with prompt")
                                                + line("quit", "disconnect")
                                                + line(
                                                        "show cli level",
                                                        "show the level of this session")
                                                + line(
                                                        "user",
                                                        "lower the level of this session to"
                                                                + " user")));
    }

    private static String line(String usage, String help) {
        return "  %-39s : %s\n".formatted(usage, help);
    }

    private List<ListenerStatus> listeners() {
        return operations.status().listeners();
    }

    private String backends() {
        return balancers.status().stream()
                .map(backend -> backend.name() + "\n")
                .collect(Collectors.joining("", "# name\n", ""));
    }

    /** To count none would be a lie. */
    private static String errors() {
        return "Not kept here: each message that breaks the protocol is told once in the log.\n";
    }

    private String info(List<String> words) {
        return info.text(operations.status(), HaproxyFormat.wanted(words::contains));
    }

    private String version() {
        return info.version() + "\n";
    }

    private String servers(List<String> words, OfServers said) {
        List<BackendStatus> all = balancers.status();
        int first = HaproxyStatistics.FIRST_ID + listeners().size();
        if (!words.isEmpty() && all.stream().noneMatch(it -> it.name().equals(words.getFirst()))) {
            return "Can't find backend.\n";
        }
        return said.text(all, first, words.stream().findFirst());
    }

    private String statistics(List<String> words) {
        if (words.contains("desc")) {
            return "No descriptions are offered here: 'show stat' without 'desc'.\n";
        }
        var filter = HaproxyStatistics.Filter.ALL;
        boolean filtered =
                words.size() >= 3 && !List.of("typed", "json").contains(words.getFirst());
        if (filtered) {
            try {
                filter =
                        new HaproxyStatistics.Filter(
                                words.get(0),
                                Integer.parseInt(words.get(1)),
                                Integer.parseInt(words.get(2)));
            } catch (NumberFormatException _) {
                return "Integer value expected.\n";
            }
        }
        List<ListenerStatus> listeners = listeners();
        List<BackendStatus> backends = balancers.status();
        boolean known =
                filter.isById()
                        || listeners.stream()
                                .map(ListenerStatus::name)
                                .anyMatch(filter.proxy()::equals)
                        || backends.stream()
                                .map(BackendStatus::name)
                                .anyMatch(filter.proxy()::equals);
        return known
                ? HaproxyFormat.wanted(words::contains)
                        .statistics(HaproxyStatistics.rows(listeners, backends, filter))
                : "No such proxy.\n";
    }
}
