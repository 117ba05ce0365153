package io.shoestring.config;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Endpoint;

import java.nio.file.Path;

/**
 * The address of the API and of the page.
 *
 * @param tokenFile whoever knows its first line may do everything; made by the node when it does
 *     not exist
 */
public record AdminConfig(Endpoint bind, Path tokenFile) {
    public AdminConfig {
        requireNonNull(bind, "bind is null");
        requireNonNull(tokenFile, "tokenFile is null");
    }
}
