package io.shoestring.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects everything that is wrong with one file. */
final class Problems {
    /** Enough to mend any file in a few rounds, and a bound for a file full of nonsense. */
    static final int LIMIT = 1_000;

    private final String file;
    private final List<Problem> found = new ArrayList<>();
    private int unlisted;

    Problems(String file) {
        this.file = file;
    }

    void add(Spot spot, String message) {
        add(spot, message, Optional.empty());
    }

    void add(Spot spot, String message, Optional<String> hint) {
        if (found.size() < LIMIT) {
            found.add(new Problem(file, spot.line(), spot.column(), spot.path(), message, hint));
        } else {
            unlisted++;
        }
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** In the order of the file; what the limit kept out is told by one last problem. */
    List<Problem> sorted() {
        List<Problem> sorted = new ArrayList<>(found);
        sorted.sort(Problem.BY_PLACE);
        if (unlisted > 0) {
            Problem last = sorted.getLast();
            String message = "%d more problems are not listed".formatted(unlisted);
            sorted.add(
                    new Problem(file, last.line(), last.column(), "", message, Optional.empty()));
        }
        return List.copyOf(sorted);
    }
}
