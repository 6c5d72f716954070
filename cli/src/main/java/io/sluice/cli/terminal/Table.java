package io.sluice.cli.terminal;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Rows under aligned columns. Numbers stand right, text left; the last column is not padded. */
public final class Table {

    private static final String GAP = "  ";

    private record Cell(String text, UnaryOperator<String> style) {}

    private final List<String> heads;
    private final Set<Integer> rightAligned = new HashSet<>();
    private final List<List<Cell>> rows = new ArrayList<>();

    public Table(String... heads) {
        this.heads = List.of(heads);
    }

    /** Columns (from 0) that hold numbers. */
    public Table right(int... columns) {
        for (int column : columns) {
            rightAligned.add(column);
        }
        return this;
    }

    public void row(Object... values) {
        row(UnaryOperator.identity(), values);
    }

    public void row(UnaryOperator<String> style, Object... values) {
        if (values.length != heads.size()) {
            throw new IllegalArgumentException(
                    values.length + " values for " + heads.size() + " columns");
        }
        List<Cell> cells = new ArrayList<>(values.length);
        for (Object value : values) {
            cells.add(new Cell(String.valueOf(value), style));
        }
        rows.add(cells);
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    public void print(PrintStream out, Style style) {
        int[] widths = new int[heads.size()];
        for (int column = 0; column < widths.length; column++) {
            widths[column] = heads.get(column).length();
            for (List<Cell> row : rows) {
                widths[column] = Math.max(widths[column], width(row.get(column).text()));
            }
        }
        List<Cell> head = new ArrayList<>();
        for (String name : heads) {
            head.add(new Cell(name, style::faint));
        }
        out.println(line(head, widths));
        for (List<Cell> row : rows) {
            out.println(line(row, widths));
        }
    }

    private String line(List<Cell> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < cells.size(); column++) {
            Cell cell = cells.get(column);
            String padding = " ".repeat(widths[column] - width(cell.text()));
            String text = cell.style().apply(cell.text());
            boolean last = column == cells.size() - 1;
            line.append(column == 0 ? "" : GAP);
            if (rightAligned.contains(column)) {
                line.append(padding).append(text);
            } else {
                line.append(text).append(last ? "" : padding);
            }
        }
        return line.toString().stripTrailing();
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
