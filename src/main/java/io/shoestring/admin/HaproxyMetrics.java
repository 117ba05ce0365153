package io.shoestring.admin;

import io.shoestring.admin.HaproxyStatistics.Row;
import io.shoestring.admin.Metrics.Kind;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.ListenerStatus;

import java.util.ArrayList;
import java.util.List;

/**
 * HAProxy's statistics by the names of its own exporter for Prometheus, for dashboards and alerts
 * that know those. What is not counted here is not there.
 */
final class HaproxyMetrics {
    private static final List<String> STATES = List.of("DOWN", "UP", "MAINT", "DRAIN", "NOLB");
    private static final List<String> CHECKS =
            List.of(
                    "HANA",
                    "SOCKERR",
                    "L4OK",
                    "L4TOUT",
                    "L4CON",
                    "L6OK",
                    "L6TOUT",
                    "L6RSP",
                    "L7TOUT",
                    "L7RSP",
                    "L7OK",
                    "L7OKC",
                    "L7STS",
                    "PROCERR",
                    "PROCTOUT",
                    "PROCOK");
    private static final double MILLIS = 1_000;

    /** A column of the statistics, its name in the exporter, and what it is. */
    private record Figure(String column, String name, Kind kind, String help) {}

    private static final List<Figure> ALL =
            List.of(
                    gauge("qcur", "current_queue", "Waiting now."),
                    gauge("qmax", "max_queue", "The most that waited."),
                    gauge("scur", "current_sessions", "Sessions now."),
                    gauge("smax", "max_sessions", "The most sessions at once."),
                    gauge("slim", "limit_sessions", "The limit of sessions."),
                    counter("stot", "sessions_total", "Sessions."),
                    counter("bin", "bytes_in_total", "Bytes of requests."),
                    counter("bout", "bytes_out_total", "Bytes of answers."),
                    counter("dreq", "requests_denied_total", "Requests denied by a rule."),
                    counter("ereq", "request_errors_total", "Requests that were wrong."),
                    counter("econ", "connection_errors_total", "Connections that failed."),
                    counter("eresp", "response_errors_total", "Answers that were wrong."),
                    counter("wretr", "retry_warnings_total", "Connections tried again."),
                    counter("wredis", "redispatch_warnings_total", "Sent to another server."),
                    gauge("weight", "weight", "The share now."),
                    gauge("act", "active_servers", "Active servers that are up."),
                    gauge("bck", "backup_servers", "Backup servers that are up."),
                    counter("chkfail", "check_failures_total", "Failed checks while up."),
                    counter("chkdown", "check_up_down_total", "How often checks brought it down."),
                    gauge("lastchg", "check_last_change_seconds", "Since it went up or down."),
                    counter("lbtot", "loadbalanced_total", "How often it was chosen."),
                    gauge("rate_max", "max_session_rate", "The most sessions in a second."),
                    gauge("check_code", "check_code", "The code of the last check."),
                    gauge("check_duration", "check_duration_seconds", "Of the last check."),
                    gauge("req_rate_max", "http_requests_rate_max", "Requests in a second."),
                    counter("req_tot", "http_requests_total", "Requests."),
                    counter("cli_abrt", "client_aborts_total", "Cut off by clients."),
                    counter("srv_abrt", "server_aborts_total", "Cut off by servers."),
                    gauge("lastsess", "last_session_seconds", "Since the last session."),
                    gauge("conn_rate_max", "connections_rate_max", "Connections in a second."),
                    counter("conn_tot", "connections_total", "Connections."),
                    counter("intercepted", "intercepted_requests_total", "Answered by itself."),
                    gauge("used_conn_cur", "used_connections_current", "Connections in use."));

    /** What the exporter has of a backend, and not of a server. */
    private static final List<String> NOT_OF_SERVERS =
            List.of("act", "bck", "req_tot", "dreq", "qcur", "qmax");

    private final Metrics metrics = new Metrics();

    private HaproxyMetrics() {}

    private static Figure gauge(String column, String name, String help) {
        return new Figure(column, name, Kind.GAUGE, help);
    }

    private static Figure counter(String column, String name, String help) {
        return new Figure(column, name, Kind.COUNTER, help);
    }

    static Metrics of(List<ListenerStatus> listeners, List<BackendStatus> backends) {
        List<Row> rows = HaproxyStatistics.rows(listeners, backends, HaproxyStatistics.Filter.ALL);
        var made = new HaproxyMetrics();
        for (String scope : List.of("frontend", "backend", "server")) {
            List<Row> some = rows.stream().filter(row -> scope(row).equals(scope)).toList();
            ALL.forEach(figure -> some.forEach(row -> made.figure(scope, figure, row)));
            some.forEach(row -> made.state(scope, row));
            some.forEach(row -> made.check(scope, row));
            some.forEach(row -> made.answers(scope, row));
        }
        return made.metrics;
    }

    private static String scope(Row row) {
        return switch (row.value("svname")) {
            case "FRONTEND" -> "frontend";
            case "BACKEND" -> "backend";
            default -> "server";
        };
    }

    private void figure(String scope, Figure figure, Row row) {
        String value = row.value(figure.column());
        boolean unknown =
                value.isEmpty()
                        || (scope.equals("server") && NOT_OF_SERVERS.contains(figure.column()));
        if (!unknown) {
            double number = Double.parseDouble(value);
            metrics.add(
                    "haproxy_" + scope + "_" + figure.name(),
                    figure.kind(),
                    figure.help(),
                    figure.column().equals("check_duration") ? number / MILLIS : number,
                    labels(scope, row));
        }
    }

    private void state(String scope, Row row) {
        String status = row.value("status");
        String now =
                status.equals("OPEN") || status.equals("no check") ? "UP" : status.split(" ", 2)[0];
        List<String> possible = scope.equals("server") ? STATES : STATES.subList(0, 2);
        for (String state : possible) {
            metrics.add(
                    "haproxy_" + scope + "_status",
                    Kind.GAUGE,
                    "1 for the state that it is in.",
                    state.equals(now) ? 1 : 0,
                    labels(scope, row, "state", state));
        }
    }

    private void check(String scope, Row row) {
        String code = row.value("check_status");
        if (!code.isEmpty()) {
            for (String each : CHECKS) {
                metrics.add(
                        "haproxy_" + scope + "_check_status",
                        Kind.GAUGE,
                        "1 for what the last check found.",
                        each.equals(code) ? 1 : 0,
                        labels(scope, row, "state", each));
            }
        }
    }

    private void answers(String scope, Row row) {
        for (int digit = 1; digit <= 5; digit++) {
            String value = row.value("hrsp_" + digit + "xx");
            if (!value.isEmpty()) {
                metrics.add(
                        "haproxy_" + scope + "_http_responses_total",
                        Kind.COUNTER,
                        "Answers by the first digit of their status.",
                        Double.parseDouble(value),
                        labels(scope, row, "code", digit + "xx"));
            }
        }
    }

    private static List<String> labels(String scope, Row row, String... further) {
        List<String> labels = new ArrayList<>(List.of("proxy", row.value("pxname")));
        if (scope.equals("server")) {
            labels.addAll(List.of("server", row.value("svname")));
        }
        labels.addAll(List.of(further));
        return labels;
    }
}
