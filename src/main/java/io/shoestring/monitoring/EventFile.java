package io.shoestring.monitoring;

import io.shoestring.model.Event;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One JSON object in a line for each event; at 4 MiB the file becomes {@code events.jsonl.1} and a
 * new one is begun. Lines that cannot be read (torn by a crash) are skipped. Not thread-safe.
 */
final class EventFile implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long BYTES_LIMIT = 4L << 20;

    private final Path file;
    private final List<Event> found;
    private RandomAccessFile data;

    private EventFile(Path file, List<Event> found, RandomAccessFile data) {
        this.file = file;
        this.found = found;
        this.data = data;
    }

    static EventFile open(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve("events.jsonl");
        List<Event> found = new ArrayList<>(read(old(file)));
        found.addAll(read(file));
        RandomAccessFile data = new RandomAccessFile(file.toFile(), "rw");
        EventFile opened = new EventFile(file, found, data);
        opened.endTornLine();
        return opened;
    }

    /** What was there when it was opened, oldest first. */
    List<Event> found() {
        return found;
    }

    void append(Event event) throws IOException {
        if (data.length() >= BYTES_LIMIT) {
            rotate();
        }
        data.seek(data.length());
        data.write((JSON.writeValueAsString(event) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        data.close();
    }

    @Override
    public String toString() {
        return file.toString();
    }

    private void rotate() throws IOException {
        data.close();
        try {
            Files.move(file, old(file), StandardCopyOption.REPLACE_EXISTING);
        } finally {
            data = new RandomAccessFile(file.toFile(), "rw");
        }
    }

    private void endTornLine() throws IOException {
        long length = data.length();
        if (length == 0) {
            return;
        }
        data.seek(length - 1);
        if (data.read() != '\n') {
            data.seek(length);
            data.write('\n');
        }
    }

    private static Path old(Path file) {
        return file.resolveSibling("events.jsonl.1");
    }

    private static List<Event> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        return text.lines().flatMap(line -> parse(line).stream()).toList();
    }

    private static Optional<Event> parse(String line) {
        try {
            byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
            return Optional.ofNullable(JSON.readValue(bytes, Event.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
