package io.shoestring.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Columns that stand below each other; the last one is wrapped into what is left of the line. */
final class TextTable {
    private static final int GAP = 2;

    private final List<Column> columns = new ArrayList<>();
    private final List<List<Cell>> rows = new ArrayList<>();

    /** A column; numbers stand to the right. */
    TextTable column(String title, boolean number) {
        columns.add(new Column(title, number));
        return this;
    }

    /** A row; as many cells as columns. */
    void row(List<Cell> cells) {
        rows.add(List.copyOf(cells));
    }

    static Cell cell(Object text) {
        return new Cell(String.valueOf(text), UnaryOperator.identity());
    }

    static Cell cell(Object text, UnaryOperator<String> paint) {
        return new Cell(String.valueOf(text), paint);
    }

    /** Lines of at most {@code width} characters, each with {@code indent}. */
    String render(String indent, int width, Style style) {
        StringBuilder out = new StringBuilder();
        List<Cell> titles =
                columns.stream().map(column -> cell(column.title, style::faint)).toList();
        render(out, indent, titles, width);
        rows.forEach(row -> render(out, indent, row, width));
        return out.toString();
    }

    private void render(StringBuilder out, String indent, List<Cell> row, int width) {
        StringBuilder line = new StringBuilder(indent);
        int used = indent.length();
        for (int i = 0; i < row.size() - 1; i++) {
            int columnWidth = width(i);
            String padding = " ".repeat(columnWidth - row.get(i).text.length());
            String painted = row.get(i).painted();
            line.append(columns.get(i).number ? padding + painted : painted + padding);
            line.append(" ".repeat(GAP));
            used += columnWidth + GAP;
        }
        int last = row.size() - 1;
        int left = Math.max(16, width - used);
        int lastWidth = Math.min(left, width(last));
        List<String> parts = Sentences.wrap(row.get(last).text, lastWidth);
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            String padding = columns.get(last).number ? " ".repeat(lastWidth - part.length()) : "";
            String start = i == 0 ? line.toString() : " ".repeat(used);
            String whole = start + padding + row.get(last).paint.apply(part);
            out.append(whole.stripTrailing()).append('\n');
        }
    }

    private int width(int column) {
        return rows.stream()
                .mapToInt(row -> row.get(column).text.length())
                .reduce(columns.get(column).title.length(), Math::max);
    }

    private record Column(String title, boolean number) {}

    /** A text and its colour. */
    record Cell(String text, UnaryOperator<String> paint) {
        String painted() {
            return paint.apply(text);
        }
    }
}
