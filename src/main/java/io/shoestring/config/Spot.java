package io.shoestring.config;

import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

import java.util.Optional;
import java.util.regex.Pattern;

/** Where something stands: the keys that lead to it, and line and column, both from 1. */
record Spot(String path, int line, int column) {
    private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9_<>-]{1,80}");

    static final Spot START = new Spot("", 1, 1);

    /** The spot of the value under {@code key}, which is the key's own place. */
    Spot child(String key, Node keyNode) {
        return child(key).at(keyNode.getStartMark());
    }

    /** The spot of a value that is not in the file: its parent's place. */
    Spot child(String key) {
        String name = PLAIN_KEY.matcher(key).matches() ? key : Quoted.text(key);
        return new Spot(path.isEmpty() ? name : path + "." + name, line, column);
    }

    /** The same path at the place that the parser remembers. */
    Spot at(Optional<Mark> mark) {
        return mark.map(found -> new Spot(path, found.getLine() + 1, found.getColumn() + 1))
                .orElse(this);
    }

    /** The place of the character with that index (in code points). */
    static Spot ofIndex(String text, int index) {
        int line = 1;
        int column = 1;
        int[] before = text.codePoints().limit(index).toArray();
        for (int i = 0; i < before.length; i++) {
            boolean breaks = before[i] == '\n' || (before[i] == '\r' && !newlineAt(before, i + 1));
            line = breaks ? line + 1 : line;
            column = breaks ? 1 : column + 1;
        }
        return new Spot("", line, column);
    }

    private static boolean newlineAt(int[] codePoints, int index) {
        return index < codePoints.length && codePoints[index] == '\n';
    }
}
