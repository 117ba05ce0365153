package io.shoestring.proxy.http;

import io.shoestring.config.HttpListenerConfig;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.proxy.backend.Backend;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Which backend a request goes to: the first route that fits. Immutable. */
final class Routes {
    private final List<Compiled> routes;
    private final boolean anyPath;

    /** Ready to be compared with a request. */
    private record Compiled(Optional<Host> host, Optional<String> path, Backend backend) {
        boolean fits(RequestHead head, String wanted) {
            return (host.isEmpty() || head.isHost(host.get().lower()))
                    && (path.isEmpty() || fits(path.get(), wanted));
        }

        private static boolean fits(String path, String wanted) {
            return path.endsWith("/") ? wanted.startsWith(path) : wanted.equals(path);
        }
    }

    /** A host's bytes in lower case. */
    private static final class Host {
        private final byte[] lower;

        Host(String name) {
            lower = name.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
        }

        byte[] lower() {
            return lower;
        }
    }

    /**
     * @param backends the backend of a name that the configuration has
     */
    Routes(List<HttpListenerConfig.Route> routes, Function<String, Backend> backends) {
        this.routes =
                routes.stream()
                        .map(
                                route ->
                                        new Compiled(
                                                route.host().map(Host::new),
                                                route.path(),
                                                backends.apply(route.backend())))
                        .toList();
        this.anyPath = routes.stream().anyMatch(route -> route.path().isPresent());
    }

    Optional<Backend> find(RequestHead head) {
        String wanted = anyPath ? normal(head.path()) : "";
        for (Compiled route : routes) {
            if (route.fits(head, wanted)) {
                return Optional.of(route.backend());
            }
        }
        return Optional.empty();
    }

    /**
     * The path as a server may understand it: decoded, without dot segments and empty ones. Only
     * for the choice of the route; what is forwarded is what the client wrote.
     */
    static String normal(String path) {
        boolean plain = path.indexOf('%') < 0 && !path.contains("//") && !path.contains("/.");
        return plain ? path : withoutDots(decoded(path));
    }

    private static String decoded(String path) {
        var text = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            char each = path.charAt(i);
            if (each == '%' && i + 2 < path.length()) {
                int high = Character.digit(path.charAt(i + 1), 16);
                int low = Character.digit(path.charAt(i + 2), 16);
                if (high >= 0 && low >= 0) {
                    text.append((char) (high << 4 | low));
                    i += 2;
                    continue;
                }
            }
            text.append(each);
        }
        return text.toString();
    }

    private static String withoutDots(String path) {
        var kept = new java.util.ArrayDeque<String>();
        String[] segments = path.split("/", -1);
        for (String segment : segments) {
            if (segment.equals("..")) {
                kept.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.addLast(segment);
            }
        }
        String last = segments[segments.length - 1];
        boolean directory = last.isEmpty() || last.equals(".") || last.equals("..");
        return "/" + String.join("/", kept) + (directory && !kept.isEmpty() ? "/" : "");
    }
}
