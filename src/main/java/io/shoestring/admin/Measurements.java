package io.shoestring.admin;

import io.shoestring.admin.api.ChangeList;
import io.shoestring.admin.api.FiguresList.Row;
import io.shoestring.admin.api.HistoryList;
import io.shoestring.admin.api.HistoryQuestion;
import io.shoestring.admin.api.NodeFigures;
import io.shoestring.admin.api.SizeList;
import io.shoestring.model.DatabaseName;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What was measured: of the traffic of this node, and of all machines and database servers. */
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

                @Override
                public NodeFigures here() {
                    return NodeFigures.none("", "Nothing is measured here.");
                }

                @Override
                public List<NodeFigures> nodes() {
                    return List.of();
                }

                @Override
                public HistoryList history(HistoryQuestion question) {
                    return new HistoryList(question.from(), 1, 0, List.of());
                }

                @Override
                public ChangeList changes(Instant at, Duration length) {
                    var nothing = new ChangeList.Span(at, at);
                    return new ChangeList(at, nothing, nothing, List.of(), List.of());
                }

                @Override
                public SizeList sizes(DatabaseName database) {
                    return SizeList.none("Nothing is measured here.");
                }
            };

    /** Each kind of SQL statement, in any order. */
    List<Row> statements();

    /** Each kind of URL, in any order. */
    List<Row> urls();

    /** The machine of this node, and the database servers on it; does not block. */
    NodeFigures here();

    /** All nodes, this one too, in the order of their names. Blocks for two seconds at most. */
    List<NodeFigures> nodes();

    /** What was measured over a time. Blocks for two seconds at most. */
    HistoryList history(HistoryQuestion question);

    /**
     * What is different after a moment from what was before it. Blocks for eight seconds at most.
     *
     * @param length of each of the two times
     */
    ChangeList changes(Instant at, Duration length);

    /**
     * The largest tables and indexes of a database. Blocks for as long as its server counts: for
     * twelve seconds at most.
     */
    SizeList sizes(DatabaseName database);
}
