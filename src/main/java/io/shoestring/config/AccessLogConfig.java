package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;

/**
 * Where each request of a listener leaves a line.
 *
 * @param file that lines are added to
 */
public record AccessLogConfig(Path file, Format format) {
    public AccessLogConfig {
        requireNonNull(file, "file is null");
        requireNonNull(format, "format is null");
    }

    /** How a line is written. */
    public enum Format {
        /** HAProxy's format of HTTP, with what syslog puts before it. */
        HAPROXY,
        /** An object. */
        JSON
    }
}
