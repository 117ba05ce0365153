package io.shoestring.proxy.accesslog;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.SyslogConfig;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/**
 * What stands before a message of this process: as syslog's servers write it into files, or as they
 * are sent it (RFC 3164 section 4.1, RFC 5424 section 6.2). Immutable.
 *
 * @param priority facility and severity as a number between angle brackets; empty in files
 * @param host the machine's name
 * @param text all of it, for those whose date ends with the second
 */
record SyslogHeader(SyslogConfig.Header header, String priority, String host, SecondText text) {
    private static final String DATE = "MMM ppd HH:mm:ss";
    private static final int SEVERITY_INFO = 6;
    private static final long PROCESS = ProcessHandle.current().pid();

    SyslogHeader {
        requireNonNull(header, "header is null");
        requireNonNull(priority, "priority is null");
        requireNonNull(host, "host is null");
        requireNonNull(text, "text is null");
    }

    /** As a server writes it into a file. */
    static SyslogHeader inFiles() {
        return made(SyslogConfig.Header.RFC3164, "");
    }

    /** As a server is sent it. */
    static SyslogHeader sent(SyslogConfig config) {
        int priority = 8 * config.facility().code() + SEVERITY_INFO;
        return made(config.header(), "<" + priority + ">");
    }

    private static SyslogHeader made(SyslogConfig.Header header, String priority) {
        String host = hostName();
        String from = header == SyslogConfig.Header.LOCAL ? "" : host + " ";
        String rest = " " + from + "shoestring[" + PROCESS + "]: ";
        return new SyslogHeader(
                header,
                priority,
                host,
                new SecondText(quoted(priority) + DATE + quoted(rest), ZoneId.systemDefault()));
    }

    /** As it is, in a pattern for dates. */
    private static String quoted(String text) {
        return text.isEmpty() ? "" : "'" + text.replace("'", "''") + "'";
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }

    /** All that comes before the message. */
    String at(Instant now) {
        return switch (header) {
            case LOCAL, RFC3164 -> text.of(now);
            case RFC5424 ->
                    // Neither a kind of message, nor structured data.
                    "%s1 %s %s shoestring %d - - "
                            .formatted(priority, now.truncatedTo(ChronoUnit.MICROS), host, PROCESS);
        };
    }
}
