package io.shoestring.consensus.ratis;

/**
 * What a command led to, as it travels back to who proposed it.
 *
 * @param done whether it changed anything
 * @param index its place in the log
 * @param after who held which lease right after it, as a state without entries; empty if that is
 *     not told
 */
record Answer(boolean done, long index, String after) {
    private static final int PARTS = 3;

    String text() {
        return (done ? "done " : "refused ") + index + " " + after;
    }

    static Answer parse(String text) {
        String[] parts = text.split(" ", PARTS);
        return new Answer(
                parts[0].equals("done"),
                Long.parseLong(parts[1]),
                parts.length < PARTS ? "" : parts[2]);
    }
}
