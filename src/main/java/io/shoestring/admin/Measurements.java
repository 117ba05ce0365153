package io.shoestring.admin;

import io.shoestring.admin.api.FiguresList.Row;

import java.util.List;

/** What the traffic of this node was measured to be. */
public interface Measurements {
    /** Nothing is measured. */
    Measurements NONE =
            new Measurements() {
                @Override
                public List<Row> statements() {
                    return List.of();
                }

                @Override
                public List<Row> urls() {
                    return List.of();
                }
            };

    /** Each kind of SQL statement, in any order. */
    List<Row> statements();

    /** Each kind of URL, in any order. */
    List<Row> urls();
}
