package io.shoestring.proxy;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * How each line of HAProxy's begins, with what syslog puts before it. Immutable.
 *
 * @param process the machine and the process
 */
public record SyslogLine(String process, ZoneId zone) {
    private static final DateTimeFormatter SYSLOG =
            DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ENGLISH);
    private static final DateTimeFormatter ACCEPTED =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss.SSS", Locale.ENGLISH);

    public SyslogLine {
        requireNonNull(process, "process is null");
        requireNonNull(zone, "zone is null");
    }

    /** Of this process. */
    public static SyslogLine ofThisProcess() {
        return new SyslogLine(
                " %s shoestring[%d]: ".formatted(hostName(), ProcessHandle.current().pid()),
                ZoneId.systemDefault());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }

    /**
     * Writes up to the name of the listener.
     *
     * @param began when the client's first byte came, or its connection
     */
    public void begin(StringBuilder line, InetSocketAddress client, Instant now, Instant began) {
        SYSLOG.formatTo(ZonedDateTime.ofInstant(now, zone), line);
        line.append(process);
        line.append(client.getAddress().getHostAddress()).append(':').append(client.getPort());
        line.append(" [");
        ACCEPTED.formatTo(ZonedDateTime.ofInstant(began, zone), line);
        line.append("] ");
    }
}
