package io.shoestring.admin.api;

import java.util.List;

/** {@code GET /api/v1/machines}: every node with its machine and its database servers. */
public record NodeFiguresList(List<NodeFigures> nodes) {
    public NodeFiguresList {
        nodes = List.copyOf(nodes);
    }
}
