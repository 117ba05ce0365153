package io.shoestring.health;

import io.shoestring.config.CheckConfig.Http;
import io.shoestring.config.RouteConfig;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One request. It is one of HTTP/1.0, so that the body comes as it is and ends with the connection
 * or its length.
 */
final class HttpConversation implements Conversation {
    private static final Pattern STATUS_LINE =
            Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})( .*)?");
    private static final Pattern CONTENT_LENGTH =
            Pattern.compile("(?im)^content-length:[ \\t]*([0-9]{1,9})[ \\t]*$");

    private final Http http;
    private final String address;

    HttpConversation(Http http, String address) {
        this.http = http;
        this.address = address;
    }

    @Override
    public byte[] opening() {
        String text =
                "%s %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: shoestring-check\r\nConnection: close\r\n\r\n"
                        .formatted(
                                http.request().method(),
                                http.request().path(),
                                http.host().orElse(address));
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public Step read(byte[] received, boolean ended) {
        String text = Conversation.text(received, received.length);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return ended
                    ? Conversation.failed(Verdict.Code.L7RSP, "closed without an answer")
                    : new Step.Wait();
        }
        Matcher status = STATUS_LINE.matcher(text.substring(0, text.indexOf("\r\n")));
        if (!status.matches()) {
            return Conversation.failed(Verdict.Code.L7RSP, "answered what is not HTTP");
        }
        int code = Integer.parseInt(status.group(1));
        String line = code + (status.group(2) == null ? "" : status.group(2));
        if (!http.status().contains(code)) {
            return done(Verdict.failed(Verdict.Code.L7STS, "status " + line), code);
        }
        if (!http.header().map(asked -> has(text.substring(0, end), asked)).orElse(true)) {
            return done(
                    Verdict.failed(
                            Verdict.Code.L7RSP, "the header does not have what is expected of it"),
                    code);
        }
        return body(text.substring(0, end), text.substring(end + 4), ended, code, line);
    }

    private Step body(String head, String body, boolean ended, int code, String line) {
        if (isAsked(body)) {
            return done(Verdict.passed(Verdict.Code.L7OK, "status " + line), code);
        }
        Matcher length = CONTENT_LENGTH.matcher(head.replace("\r", ""));
        boolean whole =
                ended || (length.find() && body.length() >= Integer.parseInt(length.group(1)));
        return whole
                ? done(
                        Verdict.failed(
                                Verdict.Code.L7RSP,
                                "the body does not have what is expected of it"),
                        code)
                : new Step.Wait();
    }

    private static boolean has(String head, RouteConfig.Condition asked) {
        return head.lines()
                .skip(1)
                .map(line -> line.split(":", 2))
                .filter(parts -> parts.length == 2 && parts[0].equalsIgnoreCase(asked.name()))
                .anyMatch(parts -> asked.value().map(parts[1].strip()::equals).orElse(true));
    }

    /** The bytes are characters of Latin-1 here, and so are the expected ones made. */
    private boolean isAsked(String body) {
        String utf8 =
                new String(body.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return http.body().map(utf8::contains).orElse(true)
                && http.pattern().map(pattern -> pattern.matcher(utf8).find()).orElse(true);
    }

    private static Step done(Verdict verdict, int code) {
        return new Step.Done(verdict.withStatus(code), "");
    }
}
