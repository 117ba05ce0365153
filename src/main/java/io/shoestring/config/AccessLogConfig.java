package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where each request or connection of a listener leaves a line: in a file, at a syslog server, or
 * both.
 *
 * @param file that lines are added to
 * @param syslog that they are sent to
 */
public record AccessLogConfig(Optional<Path> file, Format format, Optional<SyslogConfig> syslog) {
    public AccessLogConfig {
        requireNonNull(file, "file is null");
        requireNonNull(format, "format is null");
        requireNonNull(syslog, "syslog is null");
    }

    /** How a line is written. */
    public enum Format {
        /** HAProxy's, with what syslog puts before it. */
        HAPROXY,
        /** An object. */
        JSON
    }
}
