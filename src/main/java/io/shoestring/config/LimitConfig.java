package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How many requests of one kind a client may make.
 *
 * @param match which requests are counted
 * @param requests within {@code per}; they may come all at once
 * @param counted whose requests are counted together
 * @param shared whether those at other nodes count, too
 */
public record LimitConfig(
        RouteConfig.Match match, int requests, Duration per, RequestKey counted, boolean shared) {
    public LimitConfig {
        requireNonNull(match, "match is null");
        requireNonNull(per, "per is null");
        requireNonNull(counted, "counted is null");
    }
}
