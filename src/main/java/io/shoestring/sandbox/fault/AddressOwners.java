package io.shoestring.sandbox.fault;

import io.shoestring.sandbox.machines.Capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who says on the switch that the writer's address is its own, from the frames themselves: answers
 * and announcements (RFC 5227). One that was there before and comes again answered twice.
 */
final class AddressOwners implements AutoCloseable {
    private static final String MAC = "(?<mac>[0-9a-f:]{17})";
    private static final Pattern ANSWER = Pattern.compile("Reply [0-9.]+ is-at " + MAC);
    private static final Pattern ANNOUNCEMENT = Pattern.compile("^[0-9.]+ " + MAC + " > ");

    private final Capture capture;
    private final String address;

    private AddressOwners(Capture capture, String address) {
        this.capture = capture;
        this.address = address;
    }

    /** Watches from now on. */
    static AddressOwners of(Stage stage, String address) {
        return new AddressOwners(stage.network().capture("arp"), address);
    }

    /** How often another machine than before said it. */
    int changes() {
        return changes(capture.with(address), address);
    }

    /**
     * @param lines as {@code tcpdump -e -tt} writes them, in their order
     */
    static int changes(List<String> lines, String address) {
        List<String> owners = new ArrayList<>();
        for (String line : lines) {
            Optional<String> owner = owner(line, address);
            if (owner.isPresent() && (owners.isEmpty() || !owners.getLast().equals(owner.get()))) {
                owners.add(owner.get());
            }
        }
        return Math.max(0, owners.size() - 1);
    }

    private static Optional<String> owner(String line, String address) {
        if (line.contains("Reply " + address + " is-at ")) {
            return mac(ANSWER.matcher(line));
        }
        boolean announces =
                line.contains("who-has " + address + " ") && line.contains("tell " + address + ",");
        return announces ? mac(ANNOUNCEMENT.matcher(line)) : Optional.empty();
    }

    private static Optional<String> mac(Matcher found) {
        return found.find() ? Optional.of(found.group("mac")) : Optional.empty();
    }

    @Override
    public void close() {
        capture.close();
    }
}
