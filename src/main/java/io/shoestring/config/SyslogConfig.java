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

    /** The kind of program that it is from, by the codes of RFC 5424 section 6.2.1. */
    public enum Facility {
        KERN(0),
        USER(1),
        MAIL(2),
        DAEMON(3),
        AUTH(4),
        SYSLOG(5),
        LPR(6),
        NEWS(7),
        UUCP(8),
        CRON(9),
        AUTH2(10),
        FTP(11),
        NTP(12),
        AUDIT(13),
        ALERT(14),
        CRON2(15),
        LOCAL0(16),
        LOCAL1(17),
        LOCAL2(18),
        LOCAL3(19),
        LOCAL4(20),
        LOCAL5(21),
        LOCAL6(22),
        LOCAL7(23);

        private final int code;

        Facility(int code) {
            this.code = code;
        }

        /** The number of the standard, 0 to 23. */
        public int code() {
            return code;
        }

        /** As it is written in a configuration, ours or HAProxy's. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
