package io.shoestring.database.server;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** What an exception about a file means, in words: Java's own message is often only its name. */
public final class FileProblem {
    private FileProblem() {}

    public static String describe(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "permission denied: " + denied.getMessage();
            case NoSuchFileException missing -> "no such file: " + missing.getMessage();
            default -> String.valueOf(e.getMessage());
        };
    }
}
