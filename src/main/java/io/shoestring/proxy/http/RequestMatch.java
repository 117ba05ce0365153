package io.shoestring.proxy.http;

import io.shoestring.config.IpNetwork;
import io.shoestring.config.RouteConfig.Condition;
import io.shoestring.config.RouteConfig.Match;
import io.shoestring.protocol.http.RequestHead;

import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What a request must be like, ready to be compared with one. Immutable. */
final class RequestMatch {
    private static final byte[] COOKIE = "cookie".getBytes(StandardCharsets.US_ASCII);

    private final Match match;
    private final Optional<Host> host;
    private final List<Header> headers;

    /** A host's bytes in lower case. */
    private static final class Host {
        private final byte[] lower;

        Host(String name) {
            lower = name.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /** A field's name in lower case, and the value that it must have. */
    private static final class Header {
        private final byte[] lower;
        private final Optional<String> value;

        Header(Condition condition) {
            lower = condition.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
            value = condition.value();
        }

        boolean fits(RequestHead head) {
            List<String> values = head.values(lower);
            return value.isEmpty() ? !values.isEmpty() : values.contains(value.get());
        }
    }

    RequestMatch(Match match) {
        this.match = match;
        this.host = match.host().map(Host::new);
        this.headers = match.headers().stream().map(Header::new).toList();
    }

    boolean asksForPath() {
        return match.path().isPresent() || match.pathMatches().isPresent();
    }

    /**
     * Like {@link #fits}, for what keeps somebody out: it is not known whether a server resolves
     * dots and escapes, so it is enough that the path fits in one of the ways to read it.
     */
    boolean fitsSomehow(RequestHead head, String raw, String path, InetAddress client) {
        return fits(head, path, client)
                || (!raw.equals(path)
                        && (fits(head, raw, client) || fits(head, Routes.decoded(raw), client)));
    }

    /**
     * @param path of the request, as {@link Routes#normal} has it
     */
    boolean fits(RequestHead head, String path, InetAddress client) {
        return (host.isEmpty() || head.isHost(host.get().lower))
                && (match.path().isEmpty() || isBelow(match.path().get(), path))
                && (match.pathMatches().isEmpty() || match.pathMatches().get().matcher(path).find())
                && (match.methods().isEmpty() || match.methods().contains(head.method()))
                && headers.stream().allMatch(header -> header.fits(head))
                && (match.cookies().isEmpty() || haveCookies(head))
                && (match.queries().isEmpty() || hasParameters(head))
                && (match.from().isEmpty() || isIn(match.from(), client))
                && (match.notFrom().isEmpty() || !isIn(match.notFrom(), client));
    }

    private static boolean isBelow(String wanted, String path) {
        return wanted.endsWith("/") ? path.startsWith(wanted) : path.equals(wanted);
    }

    private static boolean isIn(List<IpNetwork> networks, InetAddress client) {
        return networks.stream().anyMatch(network -> network.contains(client));
    }

    private boolean haveCookies(RequestHead head) {
        List<Condition> sent =
                head.values(COOKIE).stream()
                        .flatMap(value -> Stream.of(value.split(";", -1)))
                        .map(each -> pair(each.strip()))
                        .toList();
        return match.cookies().stream().allMatch(wanted -> sent.stream().anyMatch(fits(wanted)));
    }

    private boolean hasParameters(RequestHead head) {
        List<Condition> sent =
                Stream.of(head.query().split("&", -1))
                        .map(RequestMatch::pair)
                        .map(
                                each ->
                                        new Condition(
                                                decoded(each.name()),
                                                each.value().map(RequestMatch::decoded)))
                        .toList();
        return match.queries().stream().allMatch(wanted -> sent.stream().anyMatch(fits(wanted)));
    }

    private static Predicate<Condition> fits(Condition wanted) {
        return sent ->
                sent.name().equals(wanted.name())
                        && (wanted.value().isEmpty() || sent.value().equals(wanted.value()));
    }

    private static Condition pair(String text) {
        int equals = text.indexOf('=');
        return equals < 0
                ? new Condition(text, Optional.empty())
                : new Condition(text.substring(0, equals), Optional.of(text.substring(equals + 1)));
    }

    /** As it is, if it is malformed. */
    private static String decoded(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return text;
        }
    }
}
