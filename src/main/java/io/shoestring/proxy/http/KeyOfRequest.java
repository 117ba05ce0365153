package io.shoestring.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.shoestring.config.RequestKey;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.proxy.backend.HashKey;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What tells which requests belong together, as a number. */
final class KeyOfRequest {
    private static final byte[] COOKIE = "cookie".getBytes(US_ASCII);

    private KeyOfRequest() {}

    /** Of that request; empty if it has none, or it is the client's address. */
    static OptionalLong find(RequestKey key, RequestHead head) {
        Optional<String> value =
                switch (key.by()) {
                    case ADDRESS -> Optional.empty();
                    case PATH -> Optional.of(head.path());
                    case HEADER -> field(head, key.name());
                    case COOKIE ->
                            head.values(COOKIE).stream()
                                    .flatMap(field -> Stream.of(field.split(";", -1)))
                                    .map(String::strip)
                                    .filter(pair -> pair.startsWith(key.name() + "="))
                                    .findFirst();
                    case QUERY ->
                            Stream.of(head.query().split("&", -1))
                                    .filter(pair -> pair.startsWith(key.name() + "="))
                                    .findFirst();
                };
        return value.map(text -> OptionalLong.of(HashKey.of(text))).orElse(OptionalLong.empty());
    }

    private static Optional<String> field(RequestHead head, String name) {
        byte[] lower = name.toLowerCase(Locale.ROOT).getBytes(ISO_8859_1);
        return head.values(lower).stream().findFirst();
    }
}
