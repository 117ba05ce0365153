package io.shoestring.admin;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.shoestring.admin.HaproxyStatistics.Row;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The statistics as a page: a table for each listener and backend, with the columns, and the names
 * of classes of lines, of HAProxy's own. It needs no script.
 */
final class HaproxyPage {
    private static final int REFRESH_SECONDS = 5;
    private static final String STYLE =
            """
            body { font-family: sans-serif; font-size: 13px; margin: 1em; }
            h1 { font-size: 20px; } h2 { font-size: 15px; margin: 1.2em 0 .3em; }
            table { border-collapse: collapse; } td, th { border: 1px solid #bbb; padding: 2px 6px; }
            td { text-align: right; } td.name, td.text { text-align: left; white-space: nowrap; }
            th { background: #e8e8e8; font-weight: normal; }
            .frontend td { background: #eef3fa; } .backend td { background: #e4e4f0; }
            .active_up td, .backup_up td { background: #d4f5d4; }
            .active_no_check td, .backup_no_check td { background: #f6f6f6; }
            .active_going_down td, .backup_going_down td { background: #fdf3c0; }
            .active_going_up td, .backup_going_up td { background: #fde0b0; }
            .active_down td, .backup_down td { background: #fbd0d0; }
            .active_draining td, .backup_draining td { background: #cfe8fb; }
            .maintain td { background: #d8c7b8; }
            """;

    /** A group of columns: its title, then each column's title with its name in the CSV. */
    private record Group(String title, Map<String, String> columns) {}

    private static final List<Group> GROUPS =
            List.of(
                    group("Queue", "Cur", "qcur", "Max", "qmax"),
                    group("Session rate", "Cur", "rate", "Max", "rate_max"),
                    group(
                            "Sessions",
                            "Cur",
                            "scur",
                            "Max",
                            "smax",
                            "Limit",
                            "slim",
                            "Total",
                            "stot",
                            "Last s",
                            "lastsess"),
                    group("Bytes", "In", "bin", "Out", "bout"),
                    group("Denied", "Req", "dreq"),
                    group("Errors", "Req", "ereq", "Conn", "econ", "Resp", "eresp"),
                    group("Warnings", "Retr", "wretr", "Redis", "wredis"),
                    group(
                            "Server",
                            "Status",
                            "status",
                            "LastChk",
                            "last_chk",
                            "Wght",
                            "weight",
                            "Act",
                            "act",
                            "Bck",
                            "bck",
                            "Chk",
                            "chkfail",
                            "Dwn",
                            "chkdown",
                            "Since s",
                            "lastchg"));

    private HaproxyPage() {}

    private static Group group(String title, String... columns) {
        Map<String, String> byTitle = new LinkedHashMap<>();
        for (int i = 0; i < columns.length; i += 2) {
            byTitle.put(columns[i], columns[i + 1]);
        }
        return new Group(title, byTitle);
    }

    /**
     * The page.
     *
     * @param asked for which of HAProxy's modifiers are there: {@code up}, {@code no-maint}, {@code
     *     norefresh}
     */
    static Answer of(String node, List<Row> rows, Predicate<String> asked) {
        requireNonNull(node, "node is null");
        var text = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head>");
        text.append("<meta charset=\"utf-8\"><title>Statistics Report for node ")
                .append(escaped(node))
                .append("</title>");
        if (!asked.test("norefresh")) {
            text.append("<meta http-equiv=\"refresh\" content=\"" + REFRESH_SECONDS + "\">");
        }
        text.append("<style>")
                .append(STYLE)
                .append("</style></head>\n<body><h1>Statistics of node ")
                .append(escaped(node))
                .append("</h1>\n<p>")
                .append(links())
                .append("</p>\n");
        proxies(rows, asked).forEach((proxy, lines) -> table(text, proxy, lines));
        text.append("</body></html>\n");
        return Answer.html(OK, text.toString())
                .with(
                        HttpHeaderNames.CONTENT_SECURITY_POLICY,
                        "default-src 'none'; style-src 'sha256-"
                                + digest()
                                + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    }

    private static String links() {
        return link("/haproxy", "all")
                + link("/haproxy;up", "only what is up")
                + link("/haproxy;no-maint", "without maintenance")
                + link("/haproxy;norefresh", "without refresh")
                + link("/haproxy;csv", "CSV")
                + link("/haproxy;json", "JSON");
    }

    private static String link(String to, String text) {
        return "<a href=\"" + to + "\">" + text + "</a> \n";
    }

    private static Map<String, List<Row>> proxies(List<Row> rows, Predicate<String> asked) {
        return rows.stream()
                .filter(row -> isWanted(row, asked))
                .collect(
                        Collectors.groupingBy(
                                row -> row.value("type").equals("0") + row.value("pxname"),
                                LinkedHashMap::new,
                                Collectors.toList()));
    }

    private static boolean isWanted(Row row, Predicate<String> asked) {
        String status = row.value("status");
        boolean server = row.value("type").equals("2");
        boolean down = status.startsWith("DOWN") || status.startsWith("MAINT");
        boolean hidden =
                (asked.test("up") && down)
                        || (asked.test("no-maint") && status.startsWith("MAINT"));
        return !server || !hidden;
    }

    private static void table(StringBuilder text, String key, List<Row> rows) {
        String proxy = rows.getFirst().value("pxname");
        boolean listener = key.startsWith("true");
        text.append("<h2>")
                .append(listener ? "listener " : "backend ")
                .append(escaped(proxy))
                .append("</h2>\n<table><tr><th rowspan=\"2\"></th>");
        GROUPS.forEach(
                group ->
                        text.append("<th colspan=\"")
                                .append(group.columns().size())
                                .append("\">")
                                .append(group.title())
                                .append("</th>"));
        text.append("</tr>\n<tr>");
        GROUPS.forEach(
                group ->
                        group.columns()
                                .keySet()
                                .forEach(title -> text.append("<th>" + title + "</th>")));
        text.append("</tr>\n");
        rows.forEach(row -> line(text, row));
        text.append("</table>\n");
    }

    private static void line(StringBuilder text, Row row) {
        text.append("<tr class=\"" + kind(row) + "\"><td class=\"name\">")
                .append(escaped(name(row)))
                .append("</td>");
        GROUPS.forEach(
                group -> group.columns().values().forEach(column -> cell(text, row, column)));
        text.append("</tr>\n");
    }

    private static String name(Row row) {
        return switch (row.value("type")) {
            case "0" -> "Frontend";
            case "1" -> "Backend";
            default -> row.value("svname");
        };
    }

    private static void cell(StringBuilder text, Row row, String column) {
        boolean words = column.equals("status") || column.equals("last_chk");
        String value =
                column.equals("last_chk")
                        ? (row.value("check_status") + " " + row.value(column)).strip()
                        : row.value(column);
        text.append(words ? "<td class=\"text\">" : "<td>").append(escaped(value)).append("</td>");
    }

    /** HAProxy's name of a kind of line. */
    private static String kind(Row row) {
        String type = row.value("type");
        if (!type.equals("2")) {
            return type.equals("0") ? "frontend" : "backend";
        }
        String status = row.value("status");
        if (status.startsWith("MAINT")) {
            return "maintain";
        }
        String side = row.value("bck").equals("1") ? "backup_" : "active_";
        return side
                + switch (status) {
                    case "UP" -> "up";
                    case "DOWN" -> "down";
                    case "DRAIN" -> "draining";
                    case "no check" -> "no_check";
                    default -> status.startsWith("UP ") ? "going_down" : "going_up";
                };
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String digest() {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return Base64.getEncoder()
                    .encodeToString(sha.digest(STYLE.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
