package io.shoestring.admin;

import io.shoestring.model.BackendStatus;
import io.shoestring.model.BackendStatus.CheckStatus;
import io.shoestring.model.BackendStatus.ServerStatus;
import io.shoestring.model.BackendStatus.Traffic;
import io.shoestring.model.HttpTraffic;
import io.shoestring.model.ListenerStatus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * Listeners and backends in the format of HAProxy's statistics (version 2.6: 103 columns, and the
 * one that ends them), for the tools that read it. Positions are the interface. What is not counted
 * here stays empty.
 */
final class HaproxyStatistics {
    private static final List<String> COLUMNS =
            List.of(
                    ("pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,"
                         + "econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,"
                         + "downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,"
                         + "rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,"
                         + "hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,"
                         + "req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,"
                         + "last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,agent_code,"
                         + "agent_duration,check_desc,agent_desc,check_rise,check_fall,check_health,"
                         + "agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,"
                         + "conn_rate_max,conn_tot,intercepted,dcon,dses,wrew,connect,reuse,"
                         + "cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max,"
                         + "rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,"
                         + "need_conn_est,uweight,agg_server_status,agg_server_check_status,"
                         + "agg_check_status")
                            .split(","));
    private static final List<String> ANSWERS =
            List.of("hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx");
    private static final String END = "-";
    private static final int LISTENERS = 1;
    private static final int BACKENDS = 2;
    private static final int SERVERS = 4;

    /** The number of the first listener; those of the backends follow. */
    static final int FIRST_ID = 2;

    private HaproxyStatistics() {}

    /**
     * Some of it, as {@code show stat} asks for it.
     *
     * @param proxy a name or a number; {@code -1}: all
     * @param types a sum of 1 for listeners, 2 for backends, 4 for servers; or -1
     * @param server its number; or -1
     */
    record Filter(String proxy, int types, int server) {
        static final Filter ALL = new Filter("-1", -1, -1);

        boolean isById() {
            return proxy.matches("-?[0-9]{1,9}");
        }

        private boolean wants(String name, int id, int type) {
            boolean named = proxy.equals("-1") || proxy.equals(name);
            return (named || proxy.equals(String.valueOf(id))) && (types & type) != 0;
        }
    }

    /** The line that names the columns. */
    static String header() {
        return "# " + String.join(",", COLUMNS) + "," + END + ",\n";
    }

    /** A row for each listener, and for each backend's servers and itself. */
    static List<Row> rows(
            List<ListenerStatus> listeners, List<BackendStatus> backends, Filter filter) {
        List<Row> rows = new ArrayList<>();
        int id = FIRST_ID;
        for (ListenerStatus listener : listeners) {
            int number = id++;
            if (filter.wants(listener.name(), number, LISTENERS)) {
                rows.add(frontend(listener, number));
            }
        }
        for (BackendStatus backend : backends) {
            backend(rows, backend, id++, filter);
        }
        return rows;
    }

    private static Row frontend(ListenerStatus listener, int id) {
        Row row =
                new Row(listener.name(), "FRONTEND")
                        .put("scur", listener.clients())
                        .put("status", "OPEN")
                        .put("pid", 1)
                        .put("iid", id)
                        .put("sid", 0)
                        .put("type", 0)
                        .put("mode", listener.protocol());
        if (listener.database().isEmpty()) {
            row.put("smax", listener.mostClients())
                    .put("stot", listener.sessions())
                    .put("bin", listener.bytesIn())
                    .put("bout", listener.bytesOut())
                    .put("rate", listener.rate())
                    .put("rate_max", listener.mostRate())
                    .put("conn_rate", listener.rate())
                    .put("conn_rate_max", listener.mostRate())
                    .put("conn_tot", listener.sessions());
        }
        listener.http().ifPresent(http -> requests(row, http));
        return row;
    }

    private static void requests(Row row, HttpTraffic http) {
        row.put("dreq", http.denied())
                .put("ereq", http.malformed() + http.late())
                .put("req_rate", http.rate())
                .put("req_rate_max", http.mostRate())
                .put("req_tot", http.requests())
                .put("intercepted", http.own());
        answers(row, http.answers());
    }

    private static void answers(Row row, List<Long> byClass) {
        for (int i = 0; i < ANSWERS.size(); i++) {
            row.put(ANSWERS.get(i), byClass.get(i));
        }
    }

    private static void backend(List<Row> rows, BackendStatus backend, int id, Filter filter) {
        int position = 1;
        for (ServerStatus server : backend.servers()) {
            int number = position++;
            boolean wanted = filter.server() == -1 || filter.server() == number;
            if (wanted && filter.wants(backend.name(), id, SERVERS)) {
                rows.add(server(backend, server, id, number));
            }
        }
        if (filter.wants(backend.name(), id, BACKENDS)) {
            rows.add(total(backend, id));
        }
    }

    private static Row server(BackendStatus backend, ServerStatus server, int id, int position) {
        Row row =
                new Row(backend.name(), server.name())
                        .put("scur", server.connections())
                        .put("smax", server.mostConnections())
                        .put("slim", server.limit())
                        .put("stot", server.sessions())
                        .put("lbtot", server.sessions())
                        .put("status", status(server))
                        .put("weight", server.weight())
                        .put("act", server.backup() ? 0 : 1)
                        .put("bck", server.backup() ? 1 : 0)
                        .put("lastchg", server.sinceSeconds())
                        .put("pid", 1)
                        .put("iid", id)
                        .put("sid", position)
                        .put("type", 2)
                        .put("rate", server.rate())
                        .put("rate_max", server.mostRate())
                        .put("lastsess", server.lastSeconds().orElse(-1))
                        .put("addr", server.address())
                        .put("used_conn_cur", server.connections());
        traffic(row, server.traffic());
        check(row, server.check());
        return row;
    }

    private static void traffic(Row row, Traffic traffic) {
        row.put("bin", traffic.bytesIn())
                .put("bout", traffic.bytesOut())
                .put("econ", traffic.connectErrors())
                .put("eresp", traffic.responseErrors())
                .put("wretr", traffic.retries())
                .put("wredis", traffic.redispatches())
                .put("cli_abrt", traffic.clientAborts())
                .put("srv_abrt", traffic.serverAborts());
        if (traffic.requests() > 0) {
            answers(row, traffic.answers());
            row.put("req_tot", traffic.requests());
        }
    }

    private static void check(Row row, CheckStatus check) {
        if (check.code().isEmpty()) {
            return;
        }
        row.put("check_status", check.code())
                .put("check_code", check.status())
                .put("check_duration", check.millis())
                .put("chkfail", check.failures())
                .put("chkdown", check.falls())
                .put("last_chk", check.text())
                .put("check_desc", check.description())
                .put("check_rise", check.rise())
                .put("check_fall", check.fall())
                .put("check_health", check.health());
    }

    private static Row total(BackendStatus backend, int id) {
        List<ServerStatus> up =
                backend.servers().stream().filter(each -> each.state().equals("up")).toList();
        Row row =
                new Row(backend.name(), "BACKEND")
                        .put("qcur", backend.queued())
                        .put("qmax", backend.mostQueued())
                        .put("scur", sum(backend, ServerStatus::connections))
                        .put("stot", sum(backend, ServerStatus::sessions))
                        .put("lbtot", sum(backend, ServerStatus::sessions))
                        .put("status", backend.up() ? "UP" : "DOWN")
                        .put("weight", up.stream().mapToLong(ServerStatus::weight).sum())
                        .put("act", up.stream().filter(each -> !each.backup()).count())
                        .put("bck", up.stream().filter(ServerStatus::backup).count())
                        .put("pid", 1)
                        .put("iid", id)
                        .put("sid", 0)
                        .put("type", 1)
                        .put("rate", backend.rate())
                        .put("rate_max", backend.mostRate())
                        .put("lastsess", last(backend))
                        .put("algo", algorithm(backend.balance()));
        traffic(row, sum(backend));
        return row;
    }

    private static String algorithm(String balance) {
        return balance.equals("least-connections") ? "leastconn" : balance.replace("-", "");
    }

    private static long sum(BackendStatus backend, ToLongFunction<ServerStatus> part) {
        return backend.servers().stream().mapToLong(part).sum();
    }

    private static Traffic sum(BackendStatus backend) {
        return new Traffic(
                sum(backend, server -> server.traffic().bytesIn()),
                sum(backend, server -> server.traffic().bytesOut()),
                sum(backend, server -> server.traffic().connectErrors()),
                sum(backend, server -> server.traffic().retries()),
                sum(backend, server -> server.traffic().redispatches()),
                sum(backend, server -> server.traffic().responseErrors()),
                sum(backend, server -> server.traffic().clientAborts()),
                sum(backend, server -> server.traffic().serverAborts()),
                IntStream.range(0, ANSWERS.size())
                        .mapToObj(i -> sum(backend, server -> server.traffic().answers().get(i)))
                        .toList());
    }

    private static long last(BackendStatus backend) {
        return backend.servers().stream()
                .flatMapToLong(server -> server.lastSeconds().stream())
                .min()
                .orElse(-1);
    }

    /** HAProxy's words: with the counter of the checks while it is not certain. */
    private static String status(ServerStatus server) {
        CheckStatus check = server.check();
        boolean counted = !check.code().isEmpty();
        int sure = check.rise() + check.fall() - 1;
        return switch (server.state()) {
            case "maintenance" -> "MAINT";
            case "unknown" -> "MAINT (resolution)";
            case "drain" -> "DRAIN";
            case "down" ->
                    counted && check.health() > 0
                            ? "DOWN " + check.health() + "/" + check.rise()
                            : "DOWN";
            default -> {
                if (!counted) {
                    yield "no check";
                }
                yield check.health() < sure
                        ? "UP " + (check.health() - check.rise() + 1) + "/" + check.fall()
                        : "UP";
            }
        };
    }

    /** Takes what stands in one column. */
    interface Figure {
        void is(int position, String name, String value);
    }

    /** One line; columns that nobody fills are empty. */
    static final class Row {
        private final String[] values = new String[COLUMNS.size()];

        Row(String proxy, String name) {
            Arrays.fill(values, "");
            put("pxname", proxy).put("svname", name);
        }

        Row put(String column, long value) {
            return put(column, String.valueOf(value));
        }

        Row put(String column, OptionalLong value) {
            return value.isPresent() ? put(column, value.getAsLong()) : this;
        }

        Row put(String column, String value) {
            values[COLUMNS.indexOf(column)] = value;
            return this;
        }

        /** Tells of the columns that are filled, in their order. */
        void forEach(Figure figure) {
            for (int i = 0; i < values.length; i++) {
                if (!values[i].isEmpty()) {
                    figure.is(i, COLUMNS.get(i), values[i]);
                }
            }
        }

        /** What stands in a column; empty if it is not known. */
        String value(String column) {
            return values[COLUMNS.indexOf(column)];
        }

        @Override
        public String toString() {
            StringBuilder line = new StringBuilder();
            for (String value : values) {
                line.append(quoted(value)).append(',');
            }
            return line.append(END).append(",\n").toString();
        }

        private static String quoted(String value) {
            boolean plain = value.indexOf(',') < 0 && value.indexOf('"') < 0;
            return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
        }
    }
}
