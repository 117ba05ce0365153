package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;
import io.shoestring.database.server.Program;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which of PostgreSQL's programs are there, and of which version. */
public final class InstalledPrograms {
    /** What a member uses in its life, if it is there: to run, to be cloned, to be rewound. */
    private static final List<String> USED =
            List.of("postgres", "pg_ctl", "pg_basebackup", "pg_rewind", "pg_waldump");

    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\S+)");
    private static final long TIMEOUT_SECONDS = 10;

    private InstalledPrograms() {}

    /**
     * The version of each program that a member uses, by its name; empty text: it is missing, or
     * cannot be run.
     *
     * @param programs their directory
     */
    public static Map<String, String> versions(Path programs) throws DatabaseException {
        Account account = Account.ofProcess();
        Map<String, String> versions = new TreeMap<>();
        for (String name : USED) {
            versions.put(name, version(account, programs.resolve(name)));
        }
        return versions;
    }

    private static String version(Account account, Path program) throws DatabaseException {
        if (!Files.isExecutable(program)) {
            return "";
        }
        Program.Result result =
                new Program(account, program, List.of("--version"), Map.of()).run(TIMEOUT_SECONDS);
        Matcher version = VERSION.matcher(String.join("\n", result.lines()));
        return version.find() ? version.group(1) : "";
    }
}
