package io.shoestring.proxy.http;

import io.shoestring.config.RouteConfig;
import io.shoestring.protocol.http.RequestHead;
import io.shoestring.proxy.backend.Backend;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What becomes of a request: the first route that fits says it. Immutable. */
final class Routes {
    private final List<Compiled> routes;
    private final boolean anyPath;

    /** What becomes of it, ready to be done. */
    sealed interface Goal {
        /**
         * A server of that backend answers it.
         *
         * @param rewrite which path it is asked for; empty: the client's own
         * @param priority of those that wait for a place, the highest is first
         */
        record ToBackend(Backend backend, Optional<PathRewrite> rewrite, int priority)
                implements Goal {}

        /** The client is sent elsewhere. */
        record Redirect(String template, int status) implements Goal {}

        /** It is refused. */
        record Refuse(int status) implements Goal {}
    }

    /** Ready to be compared with a request. */
    private record Compiled(RequestMatch match, Goal goal) {}

    /**
     * @param backends the backend of a name that the configuration has
     */
    Routes(List<RouteConfig> routes, Function<String, Backend> backends) {
        this.routes =
                routes.stream()
                        .map(
                                route ->
                                        new Compiled(
                                                new RequestMatch(route.match()),
                                                goal(route, backends)))
                        .toList();
        this.anyPath = this.routes.stream().anyMatch(route -> route.match().asksForPath());
    }

    private static Goal goal(RouteConfig route, Function<String, Backend> backends) {
        return switch (route.action()) {
            case RouteConfig.Action.ToBackend to ->
                    new Goal.ToBackend(
                            backends.apply(to.backend()),
                            to.rewrite().map(path -> new PathRewrite(route.match(), path)),
                            to.priority());
            case RouteConfig.Action.Redirect redirect ->
                    new Goal.Redirect(redirect.to().template(), redirect.status());
            case RouteConfig.Action.Refuse refuse -> new Goal.Refuse(refuse.status());
        };
    }

    Optional<Goal> find(RequestHead head, InetAddress client) {
        String raw = anyPath ? head.path() : "";
        String path = normal(raw);
        for (Compiled route : routes) {
            boolean fits =
                    route.goal() instanceof Goal.Refuse
                            ? route.match().fitsSomehow(head, raw, path, client)
                            : route.match().fits(head, path, client);
            if (fits) {
                return Optional.of(route.goal());
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

    /** Without its escapes; with its dots. */
    static String decoded(String path) {
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
