package io.shoestring.sandbox.demo;

import static java.util.Objects.requireNonNull;

import java.util.OptionalLong;

/**
 * Something that was done to the cluster.
 *
 * @param beganAtNanos since the load began
 * @param endedAtNanos when nothing more of it was to come
 * @param recoveredMillis until everybody was in their place again, counted from the harm where it
 *     mends itself, else from when it was mended; empty if that did not come
 */
record Act(Kind kind, long beganAtNanos, long endedAtNanos, OptionalLong recoveredMillis) {
    Act {
        requireNonNull(kind, "kind is null");
        requireNonNull(recoveredMillis, "recoveredMillis is null");
    }

    /** What was done, in the order of the story. */
    enum Kind {
        SERVER_KILLED("the primary is killed"),
        MACHINE_LOST("the primary's machine is lost"),
        LINK_LOST("the databases' link is cut"),
        SWITCHOVER("a planned switchover");

        private final String caption;

        Kind(String caption) {
            this.caption = caption;
        }

        /** For a picture. */
        String caption() {
            return caption;
        }
    }
}
