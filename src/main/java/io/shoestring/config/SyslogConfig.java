package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.util.Locale;

/** A syslog server that lines are sent to. */
public record SyslogConfig(Target to, Facility facility, Header header) {
    public SyslogConfig {
        requireNonNull(to, "to is null");
        requireNonNull(facility, "facility is null");
        requireNonNull(header, "header is null");
    }

    /** Where it listens. */
    public sealed interface Target {}

    /** By UDP. */
    public record Udp(Endpoint endpoint) implements Target {
        public Udp {
            requireNonNull(endpoint, "endpoint is null");
        }

        @Override
        public String toString() {
            return endpoint.toString();
        }
    }

    /** On a socket of this machine, for datagrams. */
    public record Socket(Path path) implements Target {
        public Socket {
            requireNonNull(path, "path is null");
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }

    /** What stands before a message. */
    public enum Header {
        /** As on the machine itself: the date, and the process. */
        LOCAL,
        /** The machine's name, too. */
        RFC3164,
        /** The later standard. */
        RFC5424
    }

    /** The kind of program that it is from, in the order of the codes of RFC 5424 section 6.2.1. */
    public enum Facility {
        KERN,
        USER,
        MAIL,
        DAEMON,
        AUTH,
        SYSLOG,
        LPR,
        NEWS,
        UUCP,
        CRON,
        AUTH2,
        FTP,
        NTP,
        AUDIT,
        ALERT,
        CRON2,
        LOCAL0,
        LOCAL1,
        LOCAL2,
        LOCAL3,
        LOCAL4,
        LOCAL5,
        LOCAL6,
        LOCAL7;

        /** The number of the standard, 0 to 23. */
        public int code() {
            return ordinal();
        }

        /** As it is written in a configuration, ours or HAProxy's. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
