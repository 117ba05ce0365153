package io.shoestring.admin;

import io.shoestring.admin.Balancers.Setting;
import io.shoestring.admin.Balancers.Watch;
import io.shoestring.admin.Balancers.Watcher;
import io.shoestring.admin.Balancers.Wish;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.BackendStatus.ServerStatus;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** What HAProxy's runtime socket does with servers, in its words. Any thread. */
final class RuntimeServers {
    private static final String USAGE =
            "usage: set server <backend>/<server> addr | agent | health | state | weight\n";
    private static final String HEALTH =
            "'set server <srv> health' expects 'up', 'stopping', or 'down'.\n";
    private static final String NO_CHECK =
            "Health check was not configured on this server, cannot enable.\n";
    private static final String NO_AGENT = "agent checks are not enabled on this server.\n";
    private static final String NO_AGENT_TO_ENABLE =
            "Agent was not configured on this server, cannot enable.\n";
    private static final int LIMIT_MOST = 1_000_000;
    private static final String STATES =
            "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n";
    private static final String NO_WEIGHT = "Require <weight> or <weight%>.\n";
    private static final String BY = " by 'stats socket command'\n";
    private static final String DONE = "";
    private static final int HEAVIEST = 256;
    private static final int WHOLE_PERCENT = 100;
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,6}");

    private final Balancers balancers;

    RuntimeServers(Balancers balancers) {
        this.balancers = balancers;
    }

    String state(List<String> words, Wish wish) {
        return at(words, (backend, server) -> want(backend, server, wish));
    }

    private String want(String backend, String server, Wish wish) {
        balancers.want(backend, server, wish);
        return DONE;
    }

    String weightOf(List<String> words) {
        return at(
                words,
                (backend, server) -> {
                    Setting setting = setting(backend, server);
                    return "%d (initial %d)\n".formatted(setting.weight(), setting.initialWeight());
                });
    }

    /** What follows {@code set weight}. */
    String weigh(List<String> words) {
        return at(words, (backend, server) -> weigh(backend, server, after(words, 1)));
    }

    private String weigh(String backend, String server, String text) {
        if (text.isEmpty()) {
            return NO_WEIGHT;
        }
        boolean percent = text.endsWith("%");
        String digits = percent ? text.substring(0, text.length() - 1) : text;
        if (!NUMBER.matcher(digits).matches()) {
            return "Empty weight string empty or preceded by garbage";
        }
        int number = Integer.parseInt(digits);
        if (!percent && number > HEAVIEST) {
            return "Absolute weight can only be between 0 and 256 inclusive.\n";
        }
        long weight =
                percent
                        ? (long) setting(backend, server).initialWeight() * number / WHOLE_PERCENT
                        : number;
        balancers.weigh(backend, server, (int) Math.min(weight, HEAVIEST));
        return DONE;
    }

    /** What follows {@code set server}. */
    String set(List<String> words) {
        return at(
                words,
                (backend, server) ->
                        switch (after(words, 1)) {
                            case "state" -> setState(backend, server, after(words, 2));
                            case "weight" -> weigh(backend, server, after(words, 2));
                            case "health" -> health(backend, server, after(words, 2));
                            case "agent" -> agent(backend, server, after(words, 2));
                            case "addr" -> move(backend, server, words.subList(2, words.size()));
                            default -> USAGE;
                        });
    }

    private String setState(String backend, String server, String word) {
        return switch (word) {
            case "ready" -> want(backend, server, Wish.READY);
            case "drain" -> want(backend, server, Wish.DRAIN);
            case "maint" -> want(backend, server, Wish.MAINTENANCE);
            default -> STATES;
        };
    }

    private String health(String backend, String server, String word) {
        return switch (word) {
            case "up", "down" -> {
                balancers.believe(backend, server, Watcher.CHECK, word.equals("up"));
                yield DONE;
            }
            case "stopping" ->
                    "'stopping' is not known here: 'set server <srv> state drain' does that.\n";
            default -> HEALTH;
        };
    }

    private String agent(String backend, String server, String word) {
        if (setting(backend, server).agent() == Watch.NONE) {
            return NO_AGENT;
        }
        return switch (word) {
            case "up", "down" -> {
                balancers.believe(backend, server, Watcher.AGENT, word.equals("up"));
                yield DONE;
            }
            default -> "'set server <srv> agent' expects 'up' or 'down'.\n";
        };
    }

    /** What follows {@code set maxconn server}. */
    String limit(List<String> words) {
        return at(words, (backend, server) -> limit(backend, server, after(words, 1)));
    }

    private String limit(String backend, String server, String text) {
        if (text.isEmpty()) {
            return "Require <maxconn>.\n";
        }
        if (!NUMBER.matcher(text).matches() || Integer.parseInt(text) > LIMIT_MOST) {
            return "maxconn string empty or preceded by garbage";
        }
        balancers.limit(backend, server, Integer.parseInt(text));
        return DONE;
    }

    /** {@code enable} and {@code disable}, {@code health} and {@code agent}. */
    String watch(List<String> words, Watcher watcher, boolean on) {
        return at(
                words,
                (backend, server) -> {
                    Setting setting = setting(backend, server);
                    Watch now = watcher == Watcher.CHECK ? setting.check() : setting.agent();
                    if (now == Watch.NONE) {
                        return !on
                                ? DONE
                                : watcher == Watcher.CHECK ? NO_CHECK : NO_AGENT_TO_ENABLE;
                    }
                    balancers.watch(backend, server, watcher, on);
                    return DONE;
                });
    }

    /** Does something with the server that the words name. */
    String with(List<String> words, BiFunction<String, String, String> action) {
        return at(words, action);
    }

    /**
     * @param words {@code IP [port PORT]}
     */
    private String move(String backend, String server, List<String> words) {
        InetSocketAddress before = setting(backend, server).address();
        String text = after(words, 0);
        InetAddress wanted;
        try {
            wanted = InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException _) {
            return "Invalid addr '" + text + "'" + BY;
        }
        Optional<Integer> port = port(words, before.getPort());
        if (port.isEmpty()) {
            return "problem converting string '" + after(words, 2) + "' to int" + BY;
        }
        var after = new InetSocketAddress(wanted, port.get());
        if (!after.equals(before)) {
            balancers.move(backend, server, after);
        }
        return changes(before, after, words.size() > 1);
    }

    private static Optional<Integer> port(List<String> words, int before) {
        if (words.size() < 3 || !words.get(1).equals("port")) {
            return Optional.of(before);
        }
        return Optional.of(words.get(2))
                .filter(text -> NUMBER.matcher(text).matches())
                .map(Integer::parseInt)
                .filter(number -> number > 0 && number < 65_536);
    }

    private static String changes(
            InetSocketAddress before, InetSocketAddress after, boolean withPort) {
        String from = before.isUnresolved() ? "" : before.getAddress().getHostAddress();
        String to = after.getAddress().getHostAddress();
        String address =
                from.equals(to)
                        ? "no need to change the addr"
                        : "IP changed from '" + from + "' to '" + to + "'";
        if (!withPort) {
            return address + BY;
        }
        String port =
                before.getPort() == after.getPort()
                        ? "no need to change the port"
                        : "port changed from '%d' to '%d'"
                                .formatted(before.getPort(), after.getPort());
        return address + ", " + port + BY;
    }

    // ------------------------------------------------------------------ which server

    /** Does it with the server that the first word names: by names, or {@code #} and numbers. */
    private String at(List<String> words, BiFunction<String, String, String> action) {
        String[] names = after(words, 0).split("/", -1);
        if (names.length != 2 || names[0].isEmpty() || names[1].isEmpty()) {
            return "Require 'backend/server'.\n";
        }
        Optional<BackendStatus> backend =
                balancers.status().stream()
                        .filter(each -> each.name().equals(names[0]))
                        .findFirst();
        if (backend.isEmpty()) {
            return "No such backend.\n";
        }
        List<ServerStatus> servers = backend.get().servers();
        String wanted = names[1].startsWith("#") ? numbered(servers, names[1]) : names[1];
        return servers.stream().anyMatch(each -> each.name().equals(wanted))
                ? action.apply(names[0], wanted)
                : "No such server.\n";
    }

    private static String numbered(List<ServerStatus> servers, String name) {
        String digits = name.substring(1);
        int number = NUMBER.matcher(digits).matches() ? Integer.parseInt(digits) : 0;
        return number > 0 && number <= servers.size() ? servers.get(number - 1).name() : "";
    }

    private Setting setting(String backend, String server) {
        return balancers.setting(backend, server).orElse(Setting.GONE);
    }

    private static String after(List<String> words, int index) {
        return index < words.size() ? words.get(index) : "";
    }
}
