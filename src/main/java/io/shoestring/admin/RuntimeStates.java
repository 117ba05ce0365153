package io.shoestring.admin;

import io.shoestring.admin.Balancers.Setting;
import io.shoestring.admin.Balancers.Watch;
import io.shoestring.admin.Balancers.Wish;
import io.shoestring.model.BackendStatus;
import io.shoestring.model.BackendStatus.CheckStatus;
import io.shoestring.model.BackendStatus.ServerStatus;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The answer to {@code show servers state}, version 1 of HAProxy's format. */
final class RuntimeStates {
    private static final String HEADER =
            """
            1
            # be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
            """;

    private static final int STOPPED = 0;
    private static final int RUNNING = 2;
    private static final int MAINTENANCE = 0x01;
    private static final int DRAIN = 0x08;
    private static final int UNRESOLVED = 0x20;
    private static final int FAILED = 2;
    private static final int PASSED = 3;

    private static final int CONFIGURED = 0x02;

    /** Configured, and switched on. */
    private static final int CHECKED = 0x06;

    /** Without checks HAProxy believes in a server as far as two of them. */
    private static final int UNCHECKED_HEALTH = 2;

    /** HAProxy's numbers of what a check finds. */
    private static final Map<String, Integer> NUMBERS =
            Map.ofEntries(
                    Map.entry("INI", 1),
                    Map.entry("HANA", 4),
                    Map.entry("L4OK", 6),
                    Map.entry("L4TOUT", 7),
                    Map.entry("L4CON", 8),
                    Map.entry("L6OK", 9),
                    Map.entry("L6TOUT", 10),
                    Map.entry("L6RSP", 11),
                    Map.entry("L7TOUT", 12),
                    Map.entry("L7RSP", 13),
                    Map.entry("L7OK", 15),
                    Map.entry("L7STS", 17),
                    Map.entry("PROCERR", 18),
                    Map.entry("PROCTOUT", 19),
                    Map.entry("PROCOK", 20));

    private final Balancers balancers;

    RuntimeStates(Balancers balancers) {
        this.balancers = balancers;
    }

    /**
     * @param first the number of the first backend
     * @param only the name of one; empty: all
     */
    String text(List<BackendStatus> backends, int first, Optional<String> only) {
        StringBuilder text = new StringBuilder(HEADER);
        int id = first;
        for (BackendStatus backend : backends) {
            int number = id++;
            if (only.map(backend.name()::equals).orElse(true)) {
                int position = 1;
                for (ServerStatus server : backend.servers()) {
                    text.append(line(backend, server, number, position++)).append('\n');
                }
            }
        }
        return text.toString();
    }

    private String line(BackendStatus backend, ServerStatus server, int id, int position) {
        Setting setting = balancers.setting(backend.name(), server.name()).orElse(Setting.GONE);
        InetSocketAddress address = setting.address();
        CheckStatus check = server.check();
        boolean checked = !check.code().isEmpty();
        return "%d %s %d %s %s %d %d %d %d %d %d %d %d %d %d 0 0 %s %d - 0 0 - - 0"
                .formatted(
                        id,
                        backend.name(),
                        position,
                        server.name(),
                        address.isUnresolved() ? "-" : address.getAddress().getHostAddress(),
                        isRunning(server) ? RUNNING : STOPPED,
                        administrative(setting, server),
                        setting.weight(),
                        setting.initialWeight(),
                        server.sinceSeconds(),
                        NUMBERS.getOrDefault(check.code(), 1),
                        result(check),
                        checked ? check.health() : UNCHECKED_HEALTH,
                        watch(setting.check()),
                        watch(setting.agent()),
                        setting.name().orElse("-"),
                        address.getPort());
    }

    private static int watch(Watch watch) {
        return switch (watch) {
            case NONE -> 0;
            case OFF -> CONFIGURED;
            case ON -> CHECKED;
        };
    }

    private static boolean isRunning(ServerStatus server) {
        return server.state().equals("up") || server.state().equals("drain");
    }

    private static int administrative(Setting setting, ServerStatus server) {
        int bits = server.state().equals("unknown") ? UNRESOLVED : 0;
        bits |= setting.wish() == Wish.MAINTENANCE ? MAINTENANCE : 0;
        return bits | (setting.wish() == Wish.DRAIN ? DRAIN : 0);
    }

    private static int result(CheckStatus check) {
        if (check.code().isEmpty() || check.code().equals("INI")) {
            return 0;
        }
        return check.code().endsWith("OK") ? PASSED : FAILED;
    }
}
