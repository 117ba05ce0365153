package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * How a backend's servers are checked.
 *
 * @param http what is asked for when the protocol is HTTP
 * @param command the program and its arguments when the protocol is a command's
 * @param user who logs in when the protocol has that
 * @param port instead of the server's own
 * @param every between two checks
 * @param fast between two checks while it is not yet certain what the server is
 * @param timeout of one check
 * @param rise successes that bring a server up
 * @param fall failures that bring a server down
 * @param traffic what of the traffic counts as a failed check
 * @param shared whether one node checks for all
 */
public record CheckConfig(
        Protocol protocol,
        Http http,
        List<String> command,
        String user,
        OptionalInt port,
        Duration every,
        Duration fast,
        Duration timeout,
        int rise,
        int fall,
        Traffic traffic,
        boolean shared) {
    public CheckConfig {
        requireNonNull(protocol, "protocol is null");
        requireNonNull(http, "http is null");
        command = List.copyOf(command);
        requireNonNull(user, "user is null");
        requireNonNull(port, "port is null");
        requireNonNull(every, "every is null");
        requireNonNull(fast, "fast is null");
        requireNonNull(timeout, "timeout is null");
        requireNonNull(traffic, "traffic is null");
    }

    /** What is spoken in a check. */
    public enum Protocol {
        /** Nothing: the connection opens. */
        TCP,
        /** As far as the server's first word in TLS. */
        TLS_HELLO,
        HTTP,
        REDIS,
        MEMCACHED,
        SMTP,
        MYSQL,
        POSTGRESQL,
        /** Whatever a program does. */
        COMMAND
    }

    /** What of the traffic counts as a failed check. */
    public enum Traffic {
        IGNORED,
        /** A connection that cannot be opened. */
        CONNECTIONS,
        /** That, and answers over HTTP that are errors: ten in a row. */
        ANSWERS
    }

    /**
     * A request, and what is expected of its answer.
     *
     * @param host the Host header, or the name that is asked for in TLS; empty: the server's
     *     address, or none
     * @param header a field that the answer must have
     * @param body a text that the body must contain
     * @param pattern something that must be found in the body
     */
    public record Http(
            Request request,
            Optional<String> host,
            StatusCodes status,
            Optional<RouteConfig.Condition> header,
            Optional<String> body,
            Optional<Pattern> pattern) {
        public Http {
            requireNonNull(request, "request is null");
            requireNonNull(host, "host is null");
            requireNonNull(status, "status is null");
            requireNonNull(header, "header is null");
            requireNonNull(body, "body is null");
            requireNonNull(pattern, "pattern is null");
        }
    }

    /** A method and a path. */
    public record Request(String method, String path) {
        public Request {
            requireNonNull(method, "method is null");
            requireNonNull(path, "path is null");
        }
    }

    /** Some of the HTTP status codes. */
    public record StatusCodes(List<Range> ranges) {
        public StatusCodes {
            ranges = List.copyOf(ranges);
        }

        /** Both ends belong to it. */
        public record Range(int lowest, int highest) {}

        /** Whether it is one of them. */
        public boolean contains(int status) {
            return ranges.stream()
                    .anyMatch(range -> range.lowest() <= status && status <= range.highest());
        }
    }

    /**
     * A program beside each server that says what the server can take.
     *
     * @param port where it listens, at the server's address
     * @param every between two questions, and how long an answer may take
     */
    public record Agent(int port, Duration every) {
        public Agent {
            requireNonNull(every, "every is null");
        }
    }
}
