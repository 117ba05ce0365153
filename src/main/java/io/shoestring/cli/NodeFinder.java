package io.shoestring.cli;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.AdminConfig;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.TlsConfig;
import io.shoestring.model.Endpoint;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Finds the node that a command is for, and the token that opens it. What is said on the command
 * line counts more than the environment, and that more than a configuration that happens to be
 * there.
 */
final class NodeFinder {
    private static final String HTTPS = "https://";

    private final Console console;
    private final NodeOptions options;
    private Optional<AdminConfig> config = Optional.empty();

    NodeFinder(Console console, NodeOptions options) {
        this.console = requireNonNull(console, "console is null");
        this.options = requireNonNull(options, "options is null");
    }

    /**
     * The node.
     *
     * @throws CommandFailure if nothing says where it is, or its token cannot be read
     */
    NodeClient find() {
        Place place = place();
        return new NodeClient(
                place.address,
                place.encrypted ? Optional.of(trust(place)) : Optional.empty(),
                login());
    }

    /**
     * Where it is.
     *
     * @param certificates of the configuration that says so
     */
    private record Place(Endpoint address, boolean encrypted, List<Path> certificates) {}

    private Place place() {
        String admin = options.admin;
        if (admin != null) {
            return parse("--admin", admin);
        }
        String variable = variable("SHOESTRING_ADMIN");
        if (options.config == null && !variable.isEmpty()) {
            return parse("SHOESTRING_ADMIN", variable);
        }
        AdminConfig config = config();
        return new Place(
                reachable(config.bind()),
                config.tls().isPresent(),
                config.tls().map(TlsConfig::certificates).orElse(List.of()));
    }

    private NodeTrust trust(Place place) {
        Path file = options.authorities;
        String variable = variable("SHOESTRING_CA_FILE");
        Optional<Path> authorities =
                file != null
                        ? Optional.of(console.directory().resolve(file))
                        : Optional.of(variable).filter(it -> !it.isEmpty()).map(Path::of);
        return NodeTrust.of(place.certificates, authorities);
    }

    /** What opens the node: a user's name and password, or a token. */
    private NodeLogin login() {
        String named = options.user;
        String user = named != null ? named : variable("SHOESTRING_USER");
        boolean token = options.tokenFile != null || !variable("SHOESTRING_TOKEN").isEmpty();
        return user.isEmpty() || (named == null && token)
                ? new NodeLogin.Token(token())
                : new NodeLogin.Password(user, password(user));
    }

    private String password(String user) {
        String variable = variable("SHOESTRING_PASSWORD");
        return variable.isEmpty()
                ? console.prompt()
                        .secret("Password of " + user + ": ")
                        .orElseThrow(
                                () ->
                                        new CommandFailure(
                                                ExitCode.USAGE,
                                                "There is nobody to ask for the password of "
                                                        + user
                                                        + ": set SHOESTRING_PASSWORD."))
                : variable;
    }

    private String variable(String name) {
        return console.environment().getOrDefault(name, "");
    }

    private String token() {
        Path file = options.tokenFile;
        if (file != null) {
            return firstLine(console.directory().resolve(file));
        }
        String variable = variable("SHOESTRING_TOKEN");
        return options.config == null && !variable.isEmpty()
                ? variable
                : firstLine(config().tokenFile());
    }

    /** Read once: where the node is and what opens it stand in the same file. */
    private AdminConfig config() {
        if (config.isEmpty()) {
            config = Optional.of(read(configFile()));
        }
        return config.get();
    }

    private static AdminConfig read(Path file) {
        return switch (ConfigReader.read(file)) {
            case ConfigReader.Sound(var config) -> config.admin();
            case ConfigReader.Broken(var problems) ->
                    throw new CommandFailure(
                            ExitCode.NOT_WELL,
                            "The configuration "
                                    + file
                                    + " has problems ("
                                    + problems.size()
                                    + "): 'shoestring check "
                                    + file
                                    + "' says which.");
        };
    }

    /**
     * The configuration that is named, or one at its usual place.
     *
     * @throws CommandFailure if there is none
     */
    Path configFile() {
        Path named = options.config;
        if (named != null) {
            return console.directory().resolve(named);
        }
        Optional<Path> found =
                List.of(
                                console.directory().resolve("shoestring.yaml"),
                                Path.of("/etc/shoestring/shoestring.yaml"))
                        .stream()
                        .filter(Files::exists)
                        .findFirst();
        return found.orElseThrow(
                () ->
                        new CommandFailure(
                                ExitCode.USAGE,
                                "Nothing says where the node is: there is no ./shoestring.yaml and"
                                        + " no /etc/shoestring/shoestring.yaml. Say -c FILE, or"
                                        + " --admin HOST:PORT and --token-file FILE."));
    }

    private static String firstLine(Path file) {
        try {
            return Files.readString(file).lines().findFirst().orElse("").strip();
        } catch (NoSuchFileException e) {
            throw new CommandFailure(
                    ExitCode.NOT_REACHED,
                    "There is no token file "
                            + file
                            + ": the node makes it when it starts. Start it with 'shoestring run',"
                            + " or say another --token-file.");
        } catch (AccessDeniedException e) {
            throw new CommandFailure(
                    ExitCode.NOT_REACHED,
                    "You may not read the token file "
                            + file
                            + ": use the account that the node runs under, or set"
                            + " SHOESTRING_TOKEN.");
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.NOT_REACHED,
                    "The token file " + file + " cannot be read: " + e.getMessage() + ".");
        }
    }

    private static Place parse(String where, String written) {
        boolean encrypted = written.startsWith(HTTPS);
        String text = written.replaceFirst("^https?://", "").replaceFirst("/$", "");
        int colon = text.lastIndexOf(':');
        String host = text.substring(0, Math.max(0, colon)).replaceAll("^\\[|]$", "");
        try {
            if (!host.isEmpty() && !host.contains("/")) {
                int port = Integer.parseInt(text.substring(colon + 1));
                return new Place(reachable(new Endpoint(host, port)), encrypted, List.of());
            }
        } catch (IllegalArgumentException e) {
            // Said below, like a missing host.
        }
        throw new CommandFailure(
                ExitCode.USAGE,
                where
                        + " is '"
                        + written
                        + "', expected HOST:PORT like 127.0.0.1:6480, or https://HOST:PORT.");
    }

    /** A node that listens on every address is asked on this machine's own. */
    private static Endpoint reachable(Endpoint bind) {
        return switch (bind.host()) {
            case "0.0.0.0" -> new Endpoint("127.0.0.1", bind.port());
            case "::" -> new Endpoint("::1", bind.port());
            default -> bind;
        };
    }
}
