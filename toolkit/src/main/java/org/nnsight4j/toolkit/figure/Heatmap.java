package org.nnsight4j.toolkit.figure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.error.RunException;

/**
 * A table of labelled, coloured cells, for example layers by positions. Immutable: each method that
 * adds something returns a new heatmap.
 *
 * <pre>{@code
 * Heatmap.of("Logit lens", Scale.UNIT)
 *     .columns("layer", List.of("The", "_Eiffel"))
 *     .row("h.0", List.of(Cell.of("_the", 0.1), Cell.of("_Tower", 0.9)))
 *     .svg();
 * }</pre>
 */
public final class Heatmap implements Figure {
  private final String title;
  private final Scale scale;
  private final String corner;
  private final List<String> columns;
  private final List<Row> rows;

  private Heatmap(String title, Scale scale, String corner, List<String> columns, List<Row> rows) {
    this.title = title;
    this.scale = scale;
    this.corner = corner;
    this.columns = List.copyOf(columns);
    this.rows = List.copyOf(rows);
  }

  /** An empty heatmap. */
  public static Heatmap of(String title, Scale scale) {
    return new Heatmap(title, scale, "", List.of(), List.of());
  }

  /**
   * Names the columns.
   *
   * @param corner the heading above the names of the rows
   */
  public Heatmap columns(String corner, List<String> names) {
    if (!rows.isEmpty()) {
      throw new IllegalStateException("columns come before rows");
    }
    return new Heatmap(title, scale, corner, names, rows);
  }

  /**
   * Adds a row of numbers without text in their cells.
   *
   * @throws RunException if there is not one number for each column
   */
  public Heatmap row(String name, double... values) {
    return row(name, Arrays.stream(values).mapToObj(Cell::of).toList());
  }

  /**
   * Adds a row below the others.
   *
   * @throws RunException if there is not one cell for each column
   */
  public Heatmap row(String name, List<Cell> cells) {
    if (cells.size() != columns.size()) {
      throw new RunException(
          "row '%s' has %s cells for %s columns".formatted(name, cells.size(), columns.size()));
    }
    List<Row> more = new ArrayList<>(rows);
    more.add(new Row(name, cells));
    return new Heatmap(title, scale, corner, columns, more);
  }

  /** An aligned table for a terminal; columns that do not fit continue below. */
  @Override
  public String text(int width) {
    return new TextTable(this).wrapped(width);
  }

  /**
   * A self-contained picture. With more than 1,000 cells it has no hints, with more than 5,000 no
   * text in cells either, only colours, and it says so.
   */
  @Override
  public String svg() {
    return new SvgPicture(this).draw();
  }

  /** A self-contained page with the picture, which tells the number of each cell. */
  @Override
  public String html() {
    SvgPicture picture = new SvgPicture(this);
    return Page.of(title, picture.draw(), "cells.js", new HeatmapData(this, picture).json());
  }

  @Override
  public String title() {
    return title;
  }

  Scale scale() {
    return scale;
  }

  String corner() {
    return corner;
  }

  List<String> columns() {
    return columns;
  }

  List<Row> rows() {
    return rows;
  }

  /** Whether any cell has text. */
  boolean hasText() {
    return rows.stream()
        .flatMap(row -> row.cells().stream())
        .anyMatch(cell -> cell.lines().stream().anyMatch(line -> !line.isEmpty()));
  }

  /** How many lines the cells of a row need. */
  static int height(List<Cell> cells) {
    return cells.stream().mapToInt(cell -> cell.lines().size()).reduce(1, Math::max);
  }

  /** One row of cells. */
  record Row(String name, List<Cell> cells) {
    Row {
      cells = List.copyOf(cells);
    }
  }
}
