package io.shoestring.consensus.ratis;

/**
 * What a command led to, as it travels back to who proposed it.
 *
 * @param done whether it changed anything
 * @param index its place in the log
 */
record Answer(boolean done, long index) {
    String text() {
        return (done ? "done " : "refused ") + index;
    }

    static Answer parse(String text) {
        int space = text.indexOf(' ');
        return new Answer(text.startsWith("done "), Long.parseLong(text.substring(space + 1)));
    }
}
