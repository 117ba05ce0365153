package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;
import io.shoestring.model.Endpoint;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about the lines that requests and connections leave. */
final class AccessLogKeys {
    private static final Value<Path> FILE =
            optional(
                    "file",
                    Formats.PATH,
                    "lines are only sent to `syslog`",
                    "/var/log/shoestring/web.log",
                    "The file that lines are added to. When it is moved away it is made anew, so"
                            + " logrotate needs to tell nobody.");

    private static final Value<AccessLogConfig.Format> FORMAT =
            byDefault(
                    "format",
                    Formats.choice("format of lines", AccessLogConfig.Format.class),
                    "haproxy",
                    "json",
                    "`haproxy`: HAProxy's format (`option httplog`, of tcp listeners `option"
                            + " tcplog`) as syslog writes it, for halog and other tools. `json`: an"
                            + " object on each line.");

    private static final Format<SyslogConfig.Target> TARGET =
            new Format<>(
                    SyslogConfig.Target.class,
                    "syslog server",
                    "an address and a port such as 10.0.0.9:514, or the path of a socket such as"
                            + " /dev/log",
                    "`10.0.0.9:514`: an address and a port, by UDP; `/dev/log`: the path of a"
                            + " socket of this machine.",
                    Map.of("type", "string", "minLength", 1),
                    AccessLogKeys::parseTarget);

    private static final Value<SyslogConfig.Target> TO =
            required(
                    "to",
                    TARGET,
                    "/dev/log",
                    "Where the server listens. One that is not there is looked for every second;"
                            + " lines are left out meanwhile, and the node's log says how many.");

    private static final Value<SyslogConfig.Facility> FACILITY =
            byDefault(
                    "facility",
                    Formats.choice("facility", SyslogConfig.Facility.class),
                    "local0",
                    "local1",
                    "By which the server sorts lines. Their severity is `info`.");

    private static final Value<SyslogConfig.Header> HEADER =
            byDefault(
                    "header",
                    Formats.choice("header of syslog", SyslogConfig.Header.class),
                    "local",
                    "rfc5424",
                    "What is sent before each line. `local`: the date and the process, as HAProxy"
                            + " does; `rfc3164`: the machine's name, too; `rfc5424`: the later"
                            + " standard.");

    private static final Section SYSLOG =
            new Section(
                    "syslog",
                    "a syslog server",
                    new Need.Otherwise("lines are only added to `file`"),
                    "A syslog server that lines are sent to, one in each datagram; what is longer"
                            + " than 8000 characters is cut off.",
                    List.of(TO, FACILITY, HEADER),
                    Optional.of(TO));

    static final Section ACCESS_LOG =
            new Section(
                    "access-log",
                    "an access log",
                    new Need.Otherwise("requests and connections leave no lines"),
                    "Where each request, or each TCP connection, leaves a line.",
                    List.of(FILE, FORMAT, SYSLOG),
                    Optional.of(FILE));

    private AccessLogKeys() {}

    /**
     * The access log of a listener in which nothing was found wrong; empty if it has none.
     *
     * @param resolve makes a path of the file absolute
     */
    static Optional<AccessLogConfig> build(Fields listener, UnaryOperator<Path> resolve) {
        if (!listener.names().contains(ACCESS_LOG.name())) {
            return Optional.empty();
        }
        Fields fields = listener.section(ACCESS_LOG);
        return Optional.of(
                new AccessLogConfig(
                        fields.value(FILE).map(file -> resolve.apply(file.value())),
                        fields.sound(FORMAT),
                        fields.names().contains(SYSLOG.name())
                                ? Optional.of(syslog(fields.section(SYSLOG)))
                                : Optional.empty()));
    }

    private static SyslogConfig syslog(Fields fields) {
        return new SyslogConfig(fields.sound(TO), fields.sound(FACILITY), fields.sound(HEADER));
    }

    /** No log without a place for its lines. */
    static void check(Fields listener, Problems problems) {
        Fields fields = listener.section(ACCESS_LOG);
        boolean nowhere =
                listener.names().contains(ACCESS_LOG.name())
                        && fields.isReadable()
                        && !fields.names().contains(FILE.name())
                        && !fields.names().contains(SYSLOG.name());
        if (nowhere) {
            problems.add(fields.spot(), "has neither file nor syslog; expected at least one");
        }
    }

    private static Parsed<SyslogConfig.Target> parseTarget(String text) {
        if (text.startsWith("/")) {
            return switch (Formats.PATH.parser().apply(text)) {
                case Parsed.Good<Path>(var path) -> Parsed.good(new SyslogConfig.Socket(path));
                case Parsed.Bad<Path>(var message, var hint) -> new Parsed.Bad<>(message, hint);
            };
        }
        return switch (Formats.SERVER_ADDRESS.parser().apply(text)) {
            case Parsed.Good<Endpoint>(var endpoint) -> Parsed.good(new SyslogConfig.Udp(endpoint));
            case Parsed.Bad<Endpoint>(var message, _) ->
                    text.indexOf(':') < 0
                            ? Parsed.bad(message, "add the port: " + Quoted.text(text + ":514"))
                            : Parsed.bad(message);
        };
    }
}
