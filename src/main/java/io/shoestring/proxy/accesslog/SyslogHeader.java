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
 */
record SyslogHeader(SyslogConfig.Header header, String priority, String host, SecondText date) {
    private static final String DATE = "MMM ppd HH:mm:ss";
    private static final int SEVERITY_INFO = 6;
    private static final int LINE_CHARACTERS = 256;
    private static final long PROCESS = ProcessHandle.current().pid();

    SyslogHeader {
        requireNonNull(header, "header is null");
        requireNonNull(priority, "priority is null");
        requireNonNull(host, "host is null");
        requireNonNull(date, "date is null");
    }

    /** As a server writes it into a file. */
    static SyslogHeader inFiles() {
        return new SyslogHeader(SyslogConfig.Header.RFC3164, "", hostName(), dateHere());
    }

    /** As a server is sent it. */
    static SyslogHeader sent(SyslogConfig config) {
        int priority = 8 * config.facility().code() + SEVERITY_INFO;
        return new SyslogHeader(config.header(), "<" + priority + ">", hostName(), dateHere());
    }

    private static SecondText dateHere() {
        return new SecondText(DATE, ZoneId.systemDefault());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }

    /** A line with all that comes before the message. */
    StringBuilder begin(Instant now) {
        var line = new StringBuilder(LINE_CHARACTERS).append(priority);
        switch (header) {
            case LOCAL ->
                    line.append(date.of(now)).append(" shoestring[").append(PROCESS).append("]: ");
            case RFC3164 ->
                    line.append(date.of(now))
                            .append(' ')
                            .append(host)
                            .append(" shoestring[")
                            .append(PROCESS)
                            .append("]: ");
            case RFC5424 ->
                    line.append("1 ")
                            .append(now.truncatedTo(ChronoUnit.MICROS))
                            .append(' ')
                            .append(host)
                            .append(" shoestring ")
                            .append(PROCESS)
                            // Neither a kind of message, nor structured data.
                            .append(" - - ");
        }
        return line;
    }
}
