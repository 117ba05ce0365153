package io.shoestring.admin;

import io.shoestring.base.Clock;
import io.shoestring.config.AdminConfig.Level;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One client of the runtime socket, as HAProxy treats it: one line of commands with semicolons
 * between, an empty line after each answer, and the end; or, after {@code prompt}, line after line.
 */
final class RuntimeSession {
    private static final int LONGEST_LINE = 16_384;
    private static final String PROMPT = "> ";

    private final SocketChannel client;
    private final RuntimeCommands commands;
    private final Clock clock;
    private final StringBuilder line = new StringBuilder();
    private Level level;
    private volatile long lastHeardNanos;
    private boolean prompts;
    private boolean over;

    RuntimeSession(SocketChannel client, RuntimeCommands commands, Level level, Clock clock) {
        this.client = client;
        this.commands = commands;
        this.level = level;
        this.clock = clock;
        this.lastHeardNanos = clock.nanos();
    }

    /** When it said something last. Any thread. */
    long lastHeardNanos() {
        return lastHeardNanos;
    }

    /** Serves it to its end. */
    void run() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(4_096);
        while (!over) {
            buffer.clear();
            boolean ended = client.read(buffer) < 0;
            lastHeardNanos = clock.nanos();
            buffer.flip();
            while (buffer.hasRemaining() && !over) {
                take((char) (buffer.get() & 0xff));
            }
            if (ended) {
                if (!line.isEmpty()) {
                    lineEnded();
                }
                return;
            }
        }
    }

    private void take(char next) throws IOException {
        if (next == '\n') {
            lineEnded();
        } else if (line.length() >= LONGEST_LINE) {
            over = true;
            write("The line is longer than " + LONGEST_LINE + " bytes.\n");
        } else {
            line.append(next);
        }
    }

    private void lineEnded() throws IOException {
        String whole = line.toString().stripTrailing();
        line.setLength(0);
        for (String command : split(whole)) {
            answer(command);
            if (over) {
                return;
            }
        }
        over = !prompts;
    }

    private void answer(String text) throws IOException {
        List<String> words = words(text);
        String first = words.isEmpty() ? "" : words.getFirst();
        switch (first) {
            case "quit" -> over = true;
            case "prompt" -> {
                prompts = !prompts;
                end();
            }
            case "operator", "user" -> {
                Level wanted = first.equals("user") ? Level.USER : Level.OPERATOR;
                level = wanted.compareTo(level) < 0 ? wanted : level;
                end();
            }
            default -> {
                write(commands.answer(words, level));
                end();
            }
        }
    }

    private void end() throws IOException {
        write(prompts ? "\n" + PROMPT : "\n");
    }

    private void write(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    /** The commands of a line; a semicolon after a backslash does not end one. */
    private static List<String> split(String whole) {
        List<String> all = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < whole.length(); i++) {
            if (whole.charAt(i) == '\\') {
                i++;
            } else if (whole.charAt(i) == ';') {
                all.add(whole.substring(start, i));
                start = i + 1;
            }
        }
        all.add(whole.substring(start));
        return all;
    }

    /** Its words; after a backslash any character belongs to one. */
    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        var word = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            if (each == '\\' && i + 1 < text.length()) {
                word.append(text.charAt(++i));
            } else if (each != ' ' && each != '\t') {
                word.append(each);
            } else if (!word.isEmpty()) {
                words.add(word.toString());
                word.setLength(0);
            }
        }
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words;
    }
}
