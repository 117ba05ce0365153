import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks or rewrites the layout of every Java file: {@code FormatSources check|apply DIRECTORY...}
 */
class FormatSources {
    public static void main(String[] args) throws Exception {
        boolean apply = args[0].equals("apply");
        var formatter = new Formatter(JavaFormatterOptions.builder().style(Style.AOSP).build());
        List<Path> unformatted = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            try (var files = Files.walk(Path.of(args[i]))) {
                unformatted.addAll(
                        files.filter(path -> path.toString().endsWith(".java"))
                                .parallel()
                                .filter(file -> !isFormatted(formatter, file, apply))
                                .toList());
            }
        }
        unformatted.forEach(
                file -> System.err.println((apply ? "rewrote " : "not formatted: ") + file));
        if (!apply && !unformatted.isEmpty()) {
            System.err.println("Run: mvn -Pformat process-sources");
            System.exit(1);
        }
    }

    private static boolean isFormatted(Formatter formatter, Path file, boolean apply) {
        try {
            return isFormattedNow(formatter, file, apply);
        } catch (IOException | FormatterException e) {
            throw new IllegalStateException(file + ": " + e.getMessage(), e);
        }
    }

    private static boolean isFormattedNow(Formatter formatter, Path file, boolean apply)
            throws IOException, FormatterException {
        String source = Files.readString(file);
        String formatted = formatter.formatSourceAndFixImports(source);
        // What the first pass makes of long comments is not always what the second one makes of it.
        if (apply) {
            formatted = formatter.formatSourceAndFixImports(formatted);
        }
        if (formatted.equals(source)) {
            return true;
        }
        if (apply) {
            Files.writeString(file, formatted);
        }
        return false;
    }
}
