package io.shoestring.address;

import io.shoestring.model.AddressName;
import io.shoestring.model.IpPrefix;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Remembers on disk which addresses this node may have set, one file for each, so that a node that
 * was killed finds its own again: written before an address is set, removed after it is gone.
 */
final class Leftovers {
    private final Path directory;

    Leftovers(Path directory) {
        this.directory = directory;
    }

    /** What was not removed when the last process ended. */
    record Leftover(AddressName name, String networkInterface, IpPrefix address) {}

    void remember(AddressName name, Link link, IpPrefix address) throws AddressException {
        try {
            Files.createDirectories(directory);
            byte[] line = (link.name() + " " + address + "\n").getBytes(StandardCharsets.UTF_8);
            Path file = file(name);
            Files.write(file, line);
            force(file, StandardOpenOption.WRITE);
            force(directory, StandardOpenOption.READ);
        } catch (IOException e) {
            throw new AddressException(
                    "What is set on this machine could not be written down in "
                            + directory
                            + ", so nothing is set: "
                            + e.getMessage());
        }
    }

    void forget(AddressName name) throws AddressException {
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException e) {
            throw new AddressException("Cannot remove " + file(name) + ": " + e.getMessage());
        }
    }

    /** All that are written down; a file that nobody can read is none. */
    List<Leftover> all() throws AddressException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            List<Leftover> found = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                read(file).ifPresent(found::add);
            }
            return found;
        } catch (IOException e) {
            throw new AddressException("Cannot read " + directory + ": " + e.getMessage());
        }
    }

    /** An empty or torn file is of an address that was not set yet. */
    private static Optional<Leftover> read(Path file) throws IOException {
        String[] words = Files.readString(file).strip().split("[ /]", -1);
        if (words.length != 3) {
            return Optional.empty();
        }
        try {
            IpPrefix address = new IpPrefix(words[1], Integer.parseInt(words[2]));
            AddressName name = new AddressName(String.valueOf(file.getFileName()));
            return Optional.of(new Leftover(name, words[0], address));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Path file(AddressName name) {
        return directory.resolve(name.value());
    }

    private static void force(Path path, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        }
    }
}
