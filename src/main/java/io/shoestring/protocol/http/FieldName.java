package io.shoestring.protocol.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Header fields that a proxy treats in some way of their own; all others are {@link #OTHER}. */
enum FieldName {
    OTHER(Use.END_TO_END),
    /** Not forwarded: the Connection field names it, or it imitates one of those below. */
    DROPPED(Use.HOP_BY_HOP),

    CONTENT_LENGTH(Use.FRAMING),
    TRANSFER_ENCODING(Use.FRAMING),

    CONNECTION(Use.HOP_BY_HOP),
    KEEP_ALIVE(Use.HOP_BY_HOP),
    PROXY_CONNECTION(Use.HOP_BY_HOP),
    UPGRADE(Use.HOP_BY_HOP),
    TE(Use.HOP_BY_HOP),
    HTTP2_SETTINGS(Use.HOP_BY_HOP),

    HOST(Use.NOT_IN_TRAILERS),
    EXPECT(Use.NOT_IN_TRAILERS),
    TRAILER(Use.NOT_IN_TRAILERS),
    X_FORWARDED_FOR(Use.NOT_IN_TRAILERS),
    X_FORWARDED_PROTO(Use.NOT_IN_TRAILERS),
    X_FORWARDED_HOST(Use.NOT_IN_TRAILERS),
    FORWARDED(Use.NOT_IN_TRAILERS),
    AUTHORIZATION(Use.NOT_IN_TRAILERS),
    COOKIE(Use.NOT_IN_TRAILERS),
    SET_COOKIE(Use.NOT_IN_TRAILERS),
    CONTENT_TYPE(Use.NOT_IN_TRAILERS),
    CONTENT_ENCODING(Use.NOT_IN_TRAILERS),
    CONTENT_RANGE(Use.NOT_IN_TRAILERS),
    CACHE_CONTROL(Use.NOT_IN_TRAILERS),
    LOCATION(Use.NOT_IN_TRAILERS),
    RANGE(Use.NOT_IN_TRAILERS),

    /** Of an old draft of WebSocket, in which eight bytes without any length follow the head. */
    SEC_WEBSOCKET_KEY1(Use.NOT_IN_TRAILERS),
    SEC_WEBSOCKET_KEY2(Use.NOT_IN_TRAILERS);

    /** What a proxy does with a field. */
    private enum Use {
        END_TO_END,
        NOT_IN_TRAILERS,
        FRAMING,
        HOP_BY_HOP
    }

    private static final FieldName[][] BY_LENGTH = byLength();

    private final Use use;
    private final String lower;

    FieldName(Use use) {
        this.use = use;
        this.lower = name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static FieldName[][] byLength() {
        List<List<FieldName>> found = new ArrayList<>();
        for (FieldName name : values()) {
            while (found.size() <= name.lower.length()) {
                found.add(new ArrayList<>());
            }
            if (name != OTHER && name != DROPPED) {
                found.get(name.lower.length()).add(name);
            }
        }
        return found.stream()
                .map(names -> names.toArray(new FieldName[0]))
                .toArray(FieldName[][]::new);
    }

    /** Is not forwarded as it came. */
    boolean isRewritten() {
        return use == Use.FRAMING || use == Use.HOP_BY_HOP;
    }

    /** Is dropped when it comes behind a body. */
    boolean isForbiddenInTrailers() {
        return use != Use.END_TO_END;
    }

    /** The field of that name. */
    static FieldName find(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length < BY_LENGTH.length) {
            for (FieldName name : BY_LENGTH[length]) {
                if (Octets.equalsIgnoreCase(bytes, from, to, name.lower)) {
                    return name;
                }
            }
        }
        return OTHER;
    }

    /** As {@link #find}, but {@link #DROPPED} if only underscores make it another name. */
    static FieldName findWithUnderscores(byte[] bytes, int from, int to) {
        byte[] hyphened = new byte[to - from];
        for (int i = from; i < to; i++) {
            hyphened[i - from] = bytes[i] == '_' ? (byte) '-' : bytes[i];
        }
        return find(hyphened, 0, hyphened.length) == OTHER ? OTHER : DROPPED;
    }
}
