package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What became of a configuration.
 *
 * @param accepted whether it was committed (or, if only that was asked, could be)
 * @param sentence what happened
 * @param version of the committed one, counted from 1; 0 if nothing was committed
 * @param changes what is different now, a clause each
 * @param problems why it was refused, a line each, with file, line and column where it is the file
 * @param nodes what each node made of it
 */
public record ConfigurationReply(
        boolean accepted,
        String sentence,
        long version,
        List<String> changes,
        List<String> problems,
        List<NodeAnswer> nodes) {
    public ConfigurationReply {
        requireNonNull(sentence, "sentence is null");
        changes = List.copyOf(changes);
        problems = List.copyOf(problems);
        nodes = List.copyOf(nodes);
    }

    /**
     * One node's part.
     *
     * @param works whether it works by the configuration
     * @param sentence that it does, or why not
     */
    public record NodeAnswer(String node, boolean works, String sentence) {
        public NodeAnswer {
            requireNonNull(node, "node is null");
            requireNonNull(sentence, "sentence is null");
        }
    }
}
