package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.CheckConfig.Protocol;
import io.shoestring.config.CheckConfig.Request;
import io.shoestring.config.CheckConfig.StatusCodes;
import io.shoestring.config.CheckConfig.Traffic;
import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The part of {@link Keys} that is about checking servers. */
final class CheckKeys {
    static final Value<Protocol> PROTOCOL =
            optional(
                    "protocol",
                    Formats.choice("protocol of checks", Protocol.class),
                    "`http` or `command` if that key is there, else `tcp`",
                    "http",
                    "What is spoken. `tcp`: nothing, the connection opens. `tls-hello`: TLS, as far"
                            + " as the server's first word; its certificate is not looked at."
                            + " `http`: a request."
                            + " `redis`: PING. `memcached`: version. `smtp`: the greeting and HELO."
                            + " `mysql` and `postgresql`: a log-in by `user`, without a password; a"
                            + " server that asks for one, or refuses the user, is well. `command`:"
                            + " whatever a program does.");

    static final Value<Request> HTTP =
            byDefault(
                    "http",
                    CheckFormats.REQUEST,
                    "GET /",
                    "GET /health",
                    "What is asked for when the protocol is `http`.");

    static final Value<String> HOST =
            optional(
                    "host",
                    Formats.HOST,
                    "the server's address; with `tls-hello`, no name",
                    "shop.example.com",
                    "The Host header of the request; with `tls-hello`, the name that is asked"
                            + " for.");

    static final Value<StatusCodes> STATUS =
            byDefault(
                    "status",
                    CheckFormats.STATUS_CODES,
                    "200-399",
                    "\"200\"",
                    "The status codes of a server that is well.");

    static final Value<RouteConfig.Condition> HEADER =
            optional(
                    "header",
                    RouteFormats.HEADER_CONDITION,
                    "any header will do",
                    "\"X-Ready: yes\"",
                    "A field that the answer's header must have, with this value if one is given.");

    static final Value<String> BODY =
            optional(
                    "body",
                    CheckFormats.TEXT,
                    "any body will do",
                    "fine",
                    "A text that the first 64 KiB of the answer's body must contain.");

    static final Value<Pattern> BODY_MATCHES =
            optional(
                    "body-matches",
                    CheckFormats.REGULAR_EXPRESSION,
                    "any body will do",
                    "^(fine|well)",
                    "What must be found in the first 64 KiB of the answer's body.");

    static final Value<String> WORD =
            required(
                    "<word>",
                    CheckFormats.TEXT,
                    "/usr/local/bin/check-queue",
                    "The program, or one of its arguments.");

    static final Items COMMAND =
            new Items(
                    "command",
                    new Need.Otherwise("none"),
                    "A program that looks at a server, by its whole path, and its arguments:"
                            + " `{backend}`, `{server}`, `{address}` and `{port}` stand for what"
                            + " is checked. Exit status 0 means that the server is well. The same"
                            + " is in the environment, as `SHOESTRING_BACKEND` and so on, and by"
                            + " HAProxy's names for external checks. Run without a shell; killed"
                            + " after `timeout`.",
                    WORD);

    static final Value<String> USER =
            byDefault(
                    "user",
                    Formats.ROLE,
                    "shoestring",
                    "shoestring",
                    "Who logs in when the protocol is `mysql` or `postgresql`.");

    static final Value<Integer> PORT =
            optional("port", Formats.PORT, "the server's own", "8081", "The port that is checked.");

    static final Value<Duration> EVERY =
            byDefault(
                    "every",
                    Formats.DURATION_TEXT,
                    "2s",
                    "2s",
                    "The time between two checks; at least `10ms`.");

    static final Value<Duration> FAST =
            optional(
                    "fast",
                    Formats.DURATION_TEXT,
                    "`every`",
                    "500ms",
                    "The time between two checks while it is not yet certain whether the server"
                            + " goes down or comes up.");

    static final Value<Duration> TIMEOUT =
            byDefault("timeout", Formats.DURATION_TEXT, "2s", "2s", "How long one check may take.");

    static final Value<Integer> RISE =
            byDefault(
                    "rise",
                    Formats.wholeNumber("number of checks", 1, 100),
                    "2",
                    "2",
                    "How many checks in a row must pass to bring a server up.");

    static final Value<Integer> FALL =
            byDefault(
                    "fall",
                    Formats.wholeNumber("number of checks", 1, 100),
                    "3",
                    "3",
                    "How many checks in a row must fail to bring a server down. The first check of"
                            + " all decides at once.");

    static final Value<Traffic> TRAFFIC =
            byDefault(
                    "traffic",
                    Formats.choice("kind of traffic", Traffic.class),
                    "ignored",
                    "connections",
                    "What of the traffic counts as a failed check. `connections`: one that cannot"
                            + " be opened. `answers`: that, and ten HTTP requests in a row that"
                            + " were answered with 500 to 599, or badly, or not in time."
                            + " `ignored`: nothing.");

    static final Value<Boolean> SHARED =
            byDefault(
                    "shared",
                    Formats.YES_OR_NO,
                    "no",
                    "yes",
                    "Whether one node of the cluster checks each server and tells the others, so"
                            + " that servers are not checked more often when there are more nodes."
                            + " A node that hears nothing for twice `every` and `timeout` checks"
                            + " itself.");

    static final Section CHECK =
            new Section(
                    "check",
                    "a check",
                    new Need.Otherwise("no server is checked, and each counts as up"),
                    "How it is found out whether a server is up.",
                    List.of(
                            PROTOCOL,
                            HTTP,
                            HOST,
                            STATUS,
                            HEADER,
                            BODY,
                            BODY_MATCHES,
                            COMMAND,
                            USER,
                            PORT,
                            EVERY,
                            FAST,
                            TIMEOUT,
                            RISE,
                            FALL,
                            TRAFFIC,
                            SHARED),
                    Optional.of(PROTOCOL));

    static final Value<Integer> AGENT_PORT =
            required("port", Formats.PORT, "9707", "Where the agent listens, beside each server.");

    static final Value<Duration> AGENT_EVERY =
            byDefault(
                    "every",
                    Formats.DURATION_TEXT,
                    "2s",
                    "2s",
                    "The time between two questions, and how long an answer may take.");

    static final Section AGENT =
            new Section(
                    "agent",
                    "an agent",
                    new Need.Otherwise("no agent is asked"),
                    "A program beside each server that says how much the server can take, in one"
                            + " line, as HAProxy's agents do: words such as `75%`, `maxconn:30`,"
                            + " `drain`, `maint`, `ready`, `down`, `up`.",
                    List.of(AGENT_PORT, AGENT_EVERY));

    private CheckKeys() {}
}
