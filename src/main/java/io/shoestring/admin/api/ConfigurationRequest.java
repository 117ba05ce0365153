package io.shoestring.admin.api;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * {@code POST /api/v1/configuration}: the whole cluster shall work by this one.
 *
 * @param file its name, for the problems
 * @param text the file
 * @param absent nodes that need not answer: they take it up when they come back
 * @param checkOnly whether nothing shall be changed
 */
public record ConfigurationRequest(
        String file, String text, List<String> absent, boolean checkOnly) {
    public ConfigurationRequest {
        requireNonNull(file, "file is null");
        requireNonNull(text, "text is null");
        absent = absent == null ? List.of() : List.copyOf(absent);
    }
}
