package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.shoestring.config.Consistency;
import io.shoestring.protocol.postgresql.BackendMessages;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a session's last request went, and why: what {@code SHOW shoestring.last_route} answers.
 * Allocates nothing while it is not asked.
 */
final class LastRoute {
    static final String IN_TRANSACTION = "a transaction, or a request before it, is open there";
    static final String PREPARED_ANEW = "its statement had to be prepared anew there";
    static final String REFUSED = "a replica refused it, or was lost";
    private static final String QUESTION = "show shoestring.last_route";

    private String role = "";
    private String member = "";
    private String reason = "this session has not asked anything yet";

    /** Whether a simple query asks for it. */
    static boolean isAsked(ByteBuf in, int at, int length) {
        boolean possible = length >= QUESTION.length() && length <= QUESTION.length() + 2;
        if (!possible || (in.getByte(at) | 0x20) != 's') {
            return false;
        }
        String text = in.toString(at, length, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
        return text.replace(";", "").strip().equals(QUESTION);
    }

    void toReplica(Optional<ServerLink> link, String why) {
        role = "replica";
        member = name(link);
        reason = why;
    }

    void toPrimary(Optional<ServerLink> link, String why) {
        role = "primary";
        member = name(link);
        reason = why;
    }

    private static String name(Optional<ServerLink> link) {
        return link.map(it -> it.member().name().value()).orElse("");
    }

    /** The answer, up to its ReadyForQuery. */
    ByteBuf answer(ByteBufAllocator allocator, Consistency consistency) {
        ByteBuf out = allocator.buffer(256);
        BackendMessages.rowDescription(out, List.of("role", "member", "reason", "consistency"));
        BackendMessages.dataRow(
                out,
                List.of(
                        Optional.of(role),
                        Optional.of(member),
                        Optional.of(reason),
                        Optional.of(consistency.toString())));
        BackendMessages.commandComplete(out, "SHOW");
        return out;
    }
}
