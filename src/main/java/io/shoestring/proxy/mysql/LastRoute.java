package io.shoestring.proxy.mysql;

import io.shoestring.proxy.mysql.statement.RouteReason;

/**
 * Where a session's last request went, and why: what {@code SHOW shoestring.last_route} answers.
 * Allocates nothing while it is not asked. On the client's event loop only.
 */
final class LastRoute {
    private String role = "";
    private String member = "";
    private String reason = "this session has not asked anything yet";
    private String detail = "";

    /**
     * A request goes there now.
     *
     * @param why that was decided
     * @param word that decided; empty: there is none
     */
    void went(ServerLink link, boolean toReplica, RouteReason why, String word) {
        role = toReplica ? "replica" : "primary";
        member = link.member().name().value();
        reason = why.text();
        detail = word;
    }

    /** To a primary or a replica; empty: there was no request yet. */
    String role() {
        return role;
    }

    String member() {
        return member;
    }

    /** For people. */
    String reason() {
        return detail.isEmpty() ? reason : reason + ": " + detail;
    }
}
