package io.shoestring.config.haproxy;

import java.util.List;

/** Lines that need no counterpart: it is so here anyhow, or it is about HAProxy's own process. */
final class Known {
    private static final List<String> NEEDS_NOTHING =
            List.of(
                    "daemon",
                    "master-worker",
                    "user",
                    "group",
                    "uid",
                    "gid",
                    "pidfile",
                    "maxconn",
                    "nbthread",
                    "nbproc",
                    "cpu-map",
                    "ulimit-n",
                    "description",
                    "node",
                    "id",
                    "stats timeout",
                    "stats maxconn",
                    "quiet",
                    "log-tag",
                    "localpeer",
                    "tune.bufsize",
                    "tune.maxrewrite",
                    "tune.ssl.cachesize",
                    "server-state-file",
                    "server-state-base",
                    "load-server-state-from-file",
                    "hard-stop-after",
                    "set-dumpable",
                    "mode",
                    "hash-type",
                    "log global",
                    "no log",
                    "enabled",
                    "option redispatch",
                    "option dontlognull",
                    "option http-keep-alive",
                    "option abortonclose",
                    "option tcp-smart-accept",
                    "option tcp-smart-connect",
                    "option splice-auto",
                    "option splice-request",
                    "option splice-response",
                    "option clitcpka",
                    "option srvtcpka",
                    "option tcpka",
                    "option contstats",
                    "option socket-stats",
                    "option log-separate-errors",
                    "option logasap",
                    "option http-use-htx",
                    "option log-health-checks",
                    "no option",
                    "timeout http-keep-alive",
                    "timeout http-request",
                    "timeout client-fin",
                    "timeout server-fin",
                    "backlog",
                    "bind-process",
                    "ca-base",
                    "crt-base");

    private Known() {}

    static boolean needsNothing(Directive directive) {
        return NEEDS_NOTHING.stream().anyMatch(directive::is);
    }
}
