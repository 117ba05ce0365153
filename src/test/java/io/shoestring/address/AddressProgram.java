package io.shoestring.address;

import java.nio.file.Path;
import java.util.Arrays;

/**
 * A {@link TestNode} as a process, to be stopped and killed. Arguments: the lease in milliseconds,
 * then those of the node. It has the primary from the start, prints its events when a line comes,
 * and ends with its input.
 */
final class AddressProgram {
    private AddressProgram() {}

    /** Runs until its input ends. */
    public static void main(String[] arguments) throws Exception {
        try (TestNode node =
                new TestNode(
                        arguments[1],
                        Path.of(arguments[2]),
                        arguments[3],
                        Arrays.copyOfRange(arguments, 4, arguments.length))) {
            node.primary(arguments[1], 7, Long.parseLong(arguments[0]));
            while (System.in.read() >= 0) {
                System.out.println(node.told());
            }
        }
    }
}
