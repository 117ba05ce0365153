package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.BackendStatus;
import io.shoestring.model.BackendStatus.ServerStatus;
import io.shoestring.model.ClientSession;
import io.shoestring.model.ListenerStatus;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What HAProxy's runtime socket says of clients' sessions and servers' connections. Any thread. */
final class RuntimeSessions {
    private static final String NO_POINTER = "Session pointer expected (use 'show sess').\n";
    private static final String CONNECTIONS =
            "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb"
                    + " safe_nb idle_lim idle_cur idle_per_thr[";

    /** How long a connection to a server is kept for the next request. */
    private static final int KEPT_MILLIS = 15_000;

    private final Balancers balancers;

    RuntimeSessions(Balancers balancers) {
        this.balancers = requireNonNull(balancers, "balancers is null");
    }

    /** {@code show sess [all | ID]}. */
    String show(List<String> words, List<ListenerStatus> listeners) {
        Optional<Long> only =
                words.isEmpty() || words.getFirst().equals("all")
                        ? Optional.empty()
                        : id(words.getFirst());
        Map<String, String> protocols =
                listeners.stream()
                        .collect(
                                Collectors.toMap(
                                        ListenerStatus::name,
                                        ListenerStatus::protocol,
                                        (one, _) -> one));
        return balancers.sessions(_ -> false).stream()
                .filter(session -> only.isEmpty() || only.get() == session.id())
                .map(session -> line(session, protocols.getOrDefault(session.listener(), "-")))
                .collect(Collectors.joining());
    }

    private static String line(ClientSession session, String protocol) {
        return "%#x: proto=%s src=%s fe=%s be=%s srv=%s mode=%s age=%s idle=%s\n"
                .formatted(
                        session.id(),
                        session.client().startsWith("[") ? "tcpv6" : "tcpv4",
                        session.client(),
                        session.listener(),
                        session.backend().orElse("<NONE>"),
                        session.server().orElse("<none>"),
                        protocol,
                        spelled(session.ageSeconds()),
                        spelled(session.idleSeconds()));
    }

    /** As HAProxy does: the two largest units. */
    private static String spelled(long seconds) {
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3_600) {
            return seconds / 60 + "m" + seconds % 60 + "s";
        }
        return seconds < 86_400
                ? seconds / 3_600 + "h" + seconds % 3_600 / 60 + "m"
                : seconds / 86_400 + "d" + seconds % 86_400 / 3_600 + "h";
    }

    /** {@code shutdown session ID}. */
    String end(List<String> words) {
        Optional<Long> wanted = words.isEmpty() ? Optional.empty() : id(words.getFirst());
        if (wanted.isEmpty()) {
            return NO_POINTER;
        }
        Predicate<ClientSession> it = session -> session.id() == wanted.get();
        return balancers.sessions(it).stream().anyMatch(it)
                ? ""
                : "No such session (use 'show sess').\n";
    }

    private static Optional<Long> id(String text) {
        String digits = text.startsWith("0x") ? text.substring(2) : text;
        try {
            return Optional.of(Long.parseUnsignedLong(digits, 16)).filter(number -> number != 0);
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    /** Ends those that have that server. */
    String endAt(String backend, String server) {
        balancers.sessions(session -> session.isAt(backend, server));
        return "";
    }

    /**
     * {@code show servers conn}.
     *
     * @param first the number of the first backend
     */
    String connections(List<BackendStatus> backends, int first, Optional<String> only) {
        int loops = Runtime.getRuntime().availableProcessors();
        var text = new StringBuilder(CONNECTIONS).append(loops).append("]\n");
        int id = first;
        for (BackendStatus backend : backends) {
            int number = id++;
            if (only.map(backend.name()::equals).orElse(true)) {
                int position = 1;
                for (ServerStatus server : backend.servers()) {
                    text.append(connections(backend, server, number, position++))
                            .append(" 0".repeat(loops))
                            .append('\n');
                }
            }
        }
        return text.toString();
    }

    /** Connections that nobody uses are kept by each loop for itself, and not counted. */
    private String connections(
            BackendStatus backend, ServerStatus server, int number, int position) {
        var address =
                balancers
                        .setting(backend.name(), server.name())
                        .orElse(Balancers.Setting.GONE)
                        .address();
        return "%s/%s %d/%d %s %d - %d %d %d %d 0 0 -1 0"
                .formatted(
                        backend.name(),
                        server.name(),
                        number,
                        position,
                        address.isUnresolved() ? "-" : address.getAddress().getHostAddress(),
                        address.getPort(),
                        KEPT_MILLIS,
                        server.connections(),
                        server.mostConnections(),
                        server.mostConnections());
    }
}
