package io.shoestring.database.mysql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.Program;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the settings files say to a server, as MariaDB's own program reads them. */
public final class SettingsFiles {
    private static final long LOOK_SECONDS = 10;

    private SettingsFiles() {}

    /**
     * The options, in their order: {@code --read_only=1}.
     *
     * @param programs the directory of MariaDB's programs; empty: they are found by the path
     * @param file the server's own settings file; empty: those of the system
     * @throws DatabaseException if they cannot be read
     */
    public static List<String> options(Optional<Path> programs, Optional<Path> file)
            throws DatabaseException {
        List<String> arguments = new ArrayList<>();
        file.ifPresent(each -> arguments.add("--defaults-file=" + each));
        arguments.addAll(List.of("mysqld", "server", "mysqld_safe", "mariadb", "mariadbd"));
        String name = "my_print_defaults";
        Path program = programs.map(each -> each.resolve(name)).orElse(Path.of(name));
        Program.Result result =
                new Program(Account.ofProcess(), program, arguments, Map.of()).run(LOOK_SECONDS);
        if (!result.succeeded()) {
            throw new DatabaseException(
                    "The settings files"
                            + file.map(each -> " (" + each + ")").orElse("")
                            + " cannot be read: "
                            + result.complaint());
        }
        return result.lines();
    }
}
