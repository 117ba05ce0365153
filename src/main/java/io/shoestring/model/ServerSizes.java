package io.shoestring.model;

import java.util.List;

/**
 * How much a server keeps.
 *
 * @param databases the largest of them, largest first
 * @param relations the largest tables and indexes of all of them, largest first
 */
public record ServerSizes(List<DatabaseSize> databases, List<RelationSize> relations) {
    public ServerSizes {
        databases = List.copyOf(databases);
        relations = List.copyOf(relations);
    }
}
