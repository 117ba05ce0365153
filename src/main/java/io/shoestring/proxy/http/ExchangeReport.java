package io.shoestring.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.shoestring.monitoring.digest.Figures;
import io.shoestring.protocol.http.FieldEdits;
import io.shoestring.protocol.http.RequestHead;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What one exchange leaves behind: its part of the figures, a line in the access log, and the id by
 * which both sides find it.
 */
final class ExchangeReport {
    private static final int ID_CHARACTERS_MAX = 128;

    /** A server's own trouble, or ours; what the client did wrong is none. */
    private static final int FAILED_FROM = 500;

    private final Asker client;
    private final HttpContext context;
    private final HttpSetup setup;
    private final Figures figures;
    private final Trail trail;
    private final long bytesBefore;
    private String id = "";

    /**
     * @param beganNanos when the first byte of the request came
     */
    ExchangeReport(Asker client, HttpSetup setup, RequestHead asked, long beganNanos, long now) {
        this.client = client;
        this.context = client.peer().context();
        this.setup = setup;
        trail = new Trail(beganNanos);
        trail.headRead(now);
        bytesBefore = client.bytes();
        figures =
                client.peer()
                        .state()
                        .urls()
                        .figures(asked.block(), asked.kindFrom(), asked.kindTo());
        if (setup.accessLog().isPresent()) {
            trail.requestLine = client.requestLine(asked);
        }
    }

    Trail trail() {
        return trail;
    }

    /** By which the request is found in logs; the client's own, if it has one. */
    String id() {
        if (id.isEmpty()) {
            id = context.nextRequestId();
        }
        return id;
    }

    /** What is changed in the request's header, with the id if servers are told of it. */
    FieldEdits requestEdits(RequestHead asked) {
        FieldEdits usual = setup.requestEdits();
        if (setup.requestIdField().isEmpty()) {
            return usual;
        }
        String field = setup.requestIdField().get();
        List<String> sent = asked.values(field.toLowerCase(Locale.ROOT).getBytes(US_ASCII));
        if (sent.isEmpty()) {
            return usual.and(field + ": " + id());
        }
        id = sent.getFirst().length() > ID_CHARACTERS_MAX ? id() : sent.getFirst();
        return usual;
    }

    /** For people. */
    void tell(int status, String sentence, String why) {
        context.notices()
                .tell(
                        "%s: %d, %s (%s), request id %s"
                                .formatted(client.peer().address(), status, sentence, why, id()));
    }

    /**
     * Counts it, and writes it down: into the file of now, as the one of then may be closed.
     *
     * @param status 0: there was no answer
     */
    void end(int status) {
        trail.status = status;
        long bytes = client.bytes() - bytesBefore;
        boolean failed = status >= FAILED_FROM || status == 0;
        long now = context.timer().ended(figures, trail.beganNanos, failed, false, bytes);
        trail.countAtServer(now, failed);
        Optional<AccessLog> log = context.setup().accessLog();
        if (setup.accessLog().isPresent() && log.isPresent()) {
            trail.ended(now);
            trail.id = id;
            trail.bytes = bytes;
            log.get().write(client.peer(), trail);
        }
    }
}
