package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.required;

import io.shoestring.config.AdminConfig.Level;
import io.shoestring.config.AdminConfig.RuntimeAccess;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about HAProxy's runtime socket. */
final class RuntimeKeys {
    private static final int OCTAL = 8;

    private static final Format<Integer> PERMISSIONS =
            new Format<>(
                    Integer.class,
                    "permissions of a file",
                    "permissions of a file in quotes, such as \"660\"",
                    "Three octal digits, in quotes: `\"660\"`.",
                    Map.of("type", "string", "pattern", "^[0-7]{3}$"),
                    RuntimeKeys::parsePermissions);

    private static final Value<Path> PATH =
            required(
                    "path",
                    Formats.PATH,
                    "/run/shoestring/haproxy.sock",
                    "The socket's file; its directory must be there. Who may open it may use it.");

    private static final Value<Level> LEVEL =
            byDefault(
                    "level",
                    Formats.choice("level", Level.class),
                    "admin",
                    "operator",
                    "What may be done over it. `user` and `operator`: look. `admin`: change the"
                            + " state, weight and address of servers, too.");

    private static final Value<Integer> MODE =
            byDefault(
                    "mode",
                    PERMISSIONS,
                    "600",
                    "\"660\"",
                    "The permissions of the file; it belongs to the user and the group of the"
                            + " node.");

    static final Section SOCKET =
            new Section(
                    "runtime-socket",
                    "the runtime socket",
                    new Need.Otherwise("there is none"),
                    "A socket that understands the commands of HAProxy's (`show stat`, `set"
                            + " server` and others), for the tools and scripts that know them.",
                    List.of(PATH, LEVEL, MODE),
                    Optional.of(PATH));

    private RuntimeKeys() {}

    /** The socket that {@code admin} has, if it has one. */
    static Optional<RuntimeAccess> build(Fields admin, UnaryOperator<Path> resolve) {
        if (!admin.names().contains(SOCKET.name())) {
            return Optional.empty();
        }
        Fields fields = admin.section(SOCKET);
        return Optional.of(
                new RuntimeAccess(
                        resolve.apply(fields.sound(PATH)),
                        fields.sound(LEVEL),
                        fields.sound(MODE)));
    }

    private static Parsed<Integer> parsePermissions(String text) {
        return text.matches("[0-7]{3}")
                ? Parsed.good(Integer.parseInt(text, OCTAL))
                : Parsed.bad(Quoted.text(text) + " is not the permissions of a file");
    }
}
