package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about the lines that requests and connections leave. */
final class AccessLogKeys {
    private static final Value<Path> FILE =
            required(
                    "file",
                    Formats.PATH,
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

    static final Section ACCESS_LOG =
            new Section(
                    "access-log",
                    "an access log",
                    new Need.Otherwise("requests and connections leave no lines"),
                    "Where each request, or each TCP connection, leaves a line.",
                    List.of(FILE, FORMAT),
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
                new AccessLogConfig(resolve.apply(fields.sound(FILE)), fields.sound(FORMAT)));
    }
}
