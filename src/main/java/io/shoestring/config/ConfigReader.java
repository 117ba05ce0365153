package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code shoestring.yaml}. Whatever is wrong with the file is a value of the result, never an
 * exception, and everything that is wrong is told at once. Files that the configuration names (data
 * directories, passwords) are not looked at. Safe for use by many threads.
 */
public final class ConfigReader {
    private ConfigReader() {}

    /** What came of reading a configuration. */
    public sealed interface Result {}

    /** The configuration is sound and may be used. */
    public record Sound(ShoestringConfig config) implements Result {
        public Sound {
            requireNonNull(config, "config is null");
        }
    }

    /**
     * The configuration may not be used.
     *
     * @param problems at least one, in the order of the file
     */
    public record Broken(List<Problem> problems) implements Result {
        public Broken {
            problems = List.copyOf(problems);
        }
    }

    /** Reads that file; problems name it as it is given here. Blocks on the file system. */
    public static Result read(Path file) {
        Problems problems = new Problems(file.toString());
        Path parent = file.toAbsolutePath().getParent();
        return FileText.read(file, problems)
                .map(text -> read(text, parent == null ? file.toAbsolutePath() : parent, problems))
                .orElseGet(() -> new Broken(problems.sorted()));
    }

    /**
     * Reads a configuration that is already text.
     *
     * @param fileName for the problems
     * @param baseDirectory where relative paths start
     */
    public static Result read(String fileName, String text, Path baseDirectory) {
        return read(text, baseDirectory.toAbsolutePath(), new Problems(fileName));
    }

    private static Result read(String text, Path base, Problems problems) {
        Optional<ShoestringConfig> config = Optional.empty();
        if (text.getBytes(StandardCharsets.UTF_8).length > FileText.MOST_BYTES) {
            FileText.tooLong(problems);
        } else {
            config = config(withoutByteOrderMark(text), base, problems);
        }
        return config.<Result>map(Sound::new).orElseGet(() -> new Broken(problems.sorted()));
    }

    private static Optional<ShoestringConfig> config(String text, Path base, Problems problems) {
        Optional<Fields> fields =
                YamlText.compose(text, problems).map(new FieldsReader(problems)::root);
        fields.ifPresent(root -> new MemberChecks(root, base, problems).run());
        fields.ifPresent(root -> new ListenerChecks(root, problems).run());
        fields.ifPresent(root -> new EngineChecks(root, problems).run());
        fields.ifPresent(root -> new BackendChecks(root, problems).run());
        fields.ifPresent(root -> new AddressChecks(root, problems).run());
        fields.ifPresent(root -> new ConsensusChecks(root, problems).run());
        fields.ifPresent(root -> new FenceChecks(root, problems).run());
        fields.ifPresent(root -> AdminKeys.check(root.section(Keys.ADMIN), problems));
        return fields.filter(_ -> problems.isEmpty())
                .map(root -> new ConfigBuilder(root, base).build());
    }

    private static String withoutByteOrderMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
}
