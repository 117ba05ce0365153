package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Of what kind HAProxy's figures are, for its {@code typed} and {@code json} formats (management
 * guide, section 9.2: "Typed output format").
 */
final class HaproxyTypes {
    private static final Map<Character, String> ORIGINS =
            Map.of('M', "Metric", 'S', "Status", 'K', "Key", 'C', "Config", 'P', "Product");
    private static final Map<Character, String> NATURES =
            Map.ofEntries(
                    Map.entry('A', "Age"),
                    Map.entry('a', "Avg"),
                    Map.entry('C', "Counter"),
                    Map.entry('D', "Duration"),
                    Map.entry('G', "Gauge"),
                    Map.entry('L', "Limit"),
                    Map.entry('M', "Max"),
                    Map.entry('N', "Name"),
                    Map.entry('O', "Output"),
                    Map.entry('R', "Rate"));
    private static final Map<Character, String> SCOPES = Map.of('P', "Process", 'S', "Service");

    /** By the columns of the statistics; {@code S:} and {@code B:} are of servers and backends. */
    static final HaproxyTypes STATISTICS =
            new HaproxyTypes(
                    """
                    KNS:str pxname svname
                    MGP:u32 qcur scur act bck B:rate used_conn_cur
                    MMP:u32 qmax smax rate_max req_rate_max conn_rate_max
                    MGP:u32 B:rate_max
                    CLP:u32 slim
                    MCP:u64 stot bin bout dreq dresp ereq econ eresp wretr wredis chkfail chkdown
                    MCP:u64 lbtot req_tot cli_abrt srv_abrt conn_tot intercepted
                    MCP:u64 hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx
                    SGP:str status
                    MaP:u32 weight
                    SGP:u32 S:act S:bck
                    MAP:u32 lastchg
                    MAP:s32 lastsess
                    KGP:u32 pid
                    KGS:u32 iid sid
                    CGS:u32 type check_rise check_fall check_health
                    MRP:u32 rate req_rate conn_rate
                    MOP:str check_status last_chk check_desc
                    MOP:u32 check_code
                    MDP:u64 check_duration
                    CGS:str addr mode algo
                    """);

    /** By the names of {@code show info}, in their places there. */
    static final HaproxyTypes INFO =
            new HaproxyTypes(
                    """
                    POS:str 0=Name 1=Version 2=Release_date
                    CGS:u32 3=Nbthread 4=Nbproc
                    KGP:u32 5=Process_num
                    SGP:u32 6=Pid
                    MDP:str 7=Uptime
                    MDP:u32 8=Uptime_sec
                    CLP:u32 9=Memmax_MB 13=Ulimit-n 14=Maxsock 15=Maxconn 16=Hard_maxconn
                    MGP:u32 17=CurrConns
                    MCP:u32 18=CumConns 19=CumReq
                    CLP:u32 23=Maxpipes 27=ConnRateLimit 30=SessRateLimit
                    MGP:u32 24=PipesUsed 25=PipesFree 47=Tasks 48=Run_queue 52=Stopping
                    MGP:u32 55=Listeners
                    MRP:u32 26=ConnRate 29=SessRate
                    MaP:u32 49=Idle_pct
                    COS:str 50=node
                    MGP:u64 61=TotalBytesOut
                    """);

    private final Map<String, Type> types = new HashMap<>();

    /**
     * @param position in {@code show info}; 0 if the columns themselves say it
     * @param tags origin, nature and scope, a letter each
     */
    record Type(int position, String tags, String type) {
        Map<String, Object> spelledTags() {
            Map<String, Object> spelled = new LinkedHashMap<>();
            spelled.put("origin", requireNonNull(ORIGINS.get(tags.charAt(0)), tags));
            spelled.put("nature", requireNonNull(NATURES.get(tags.charAt(1)), tags));
            spelled.put("scope", requireNonNull(SCOPES.get(tags.charAt(2)), tags));
            return spelled;
        }

        /** The value as JSON has it. */
        Map<String, Object> value(String text) {
            Map<String, Object> value = new LinkedHashMap<>();
            value.put("type", type);
            value.put("value", type.equals("str") ? text : Long.valueOf(text));
            return value;
        }

        /** The end of a line: tags, type, value. */
        String line(String text) {
            return ".1:" + tags + ':' + type + ':' + text + '\n';
        }
    }

    private HaproxyTypes(String table) {
        for (String line : table.split("\n", -1)) {
            String[] words = line.split(" ", -1);
            for (int i = 1; i < words.length; i++) {
                int equals = words[i].indexOf('=');
                int position = equals < 0 ? 0 : Integer.parseInt(words[i].substring(0, equals));
                String[] kind = words[0].split(":", -1);
                types.put(words[i].substring(equals + 1), new Type(position, kind[0], kind[1]));
            }
        }
    }

    /**
     * The type of a figure.
     *
     * @param object the first letter of what it is of; or empty
     */
    Type of(String object, String name) {
        Type own = types.get(object + ":" + name);
        return own != null ? own : requireNonNull(types.get(name), name);
    }
}
