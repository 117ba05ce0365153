package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What stands before the routes of an http listener, and what clients are shown that do not get
 * past it.
 *
 * @param limits all of them hold
 * @param logins the first that fits is asked for
 * @param errorPages a file for each status
 */
public record HttpGuards(
        List<LimitConfig> limits, List<LoginConfig> logins, Map<Integer, Path> errorPages) {
    /** Nothing. */
    public static final HttpGuards NONE = new HttpGuards(List.of(), List.of(), Map.of());

    public HttpGuards {
        limits = List.copyOf(limits);
        logins = List.copyOf(logins);
        errorPages = Map.copyOf(requireNonNull(errorPages, "errorPages is null"));
    }
}
