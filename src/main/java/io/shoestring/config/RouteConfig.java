package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What becomes of the requests that fit.
 *
 * @param match what a request must be like; all of it
 */
public record RouteConfig(Match match, Action action) {
    public RouteConfig {
        requireNonNull(match, "match is null");
        requireNonNull(action, "action is null");
    }

    /**
     * What a request must be like; what is empty does not matter.
     *
     * @param path a prefix when it ends with {@code /}, else the whole path
     * @param pathMatches what must be found in the path
     * @param methods one of them
     * @param headers all of them
     * @param cookies all of them
     * @param queries all of them, as parameters of the query
     * @param from where the client is
     * @param notFrom where the client is not
     */
    public record Match(
            Optional<String> host,
            Optional<String> path,
            Optional<Pattern> pathMatches,
            List<String> methods,
            List<Condition> headers,
            List<Condition> cookies,
            List<Condition> queries,
            List<IpNetwork> from,
            List<IpNetwork> notFrom) {
        /** Every request. */
        public static final Match ALL = of(Optional.empty(), Optional.empty());

        public Match {
            requireNonNull(host, "host is null");
            requireNonNull(path, "path is null");
            requireNonNull(pathMatches, "pathMatches is null");
            methods = List.copyOf(methods);
            headers = List.copyOf(headers);
            cookies = List.copyOf(cookies);
            queries = List.copyOf(queries);
            from = List.copyOf(from);
            notFrom = List.copyOf(notFrom);
        }

        /** By host and path only. */
        public static Match of(Optional<String> host, Optional<String> path) {
            return new Match(
                    host,
                    path,
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of());
        }
    }

    /**
     * That something is there, or has a value.
     *
     * @param value empty: whatever it is
     */
    public record Condition(String name, Optional<String> value) {
        public Condition {
            requireNonNull(name, "name is null");
            requireNonNull(value, "value is null");
        }
    }

    /** What becomes of a request. */
    public sealed interface Action {
        /**
         * It is led to a server of that backend.
         *
         * @param rewrite what takes the place of the path, or of the part that the route asks for
         * @param priority of those that wait for a place, the highest is first
         */
        record ToBackend(String backend, Optional<String> rewrite, int priority) implements Action {
            /** What {@code rewrite} must be, as a regular expression. */
            public static final String REWRITE = "/[!\"$->@-~]*";

            public ToBackend {
                requireNonNull(backend, "backend is null");
                requireNonNull(rewrite, "rewrite is null");
            }

            /** With the path as it is, and as everybody. */
            public ToBackend(String backend) {
                this(backend, Optional.empty(), 0);
            }
        }

        /** The client is told to ask elsewhere. */
        record Redirect(Target to, int status) implements Action {
            public Redirect {
                requireNonNull(to, "to is null");
            }
        }

        /** It is answered with an error. */
        record Refuse(int status) implements Action {}
    }

    /**
     * Where a client is sent.
     *
     * @param template a URL or a path, in which {@code {host}}, {@code {path}} and {@code {target}}
     *     stand for the request's own
     */
    public record Target(String template) {
        public Target {
            requireNonNull(template, "template is null");
        }
    }
}
