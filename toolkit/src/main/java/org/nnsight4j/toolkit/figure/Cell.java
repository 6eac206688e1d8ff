package org.nnsight4j.toolkit.figure;

import java.util.List;

/**
 * One cell of a {@link Heatmap}.
 *
 * @param lines its text, line by line
 * @param value the number that determines its colour in the heatmap's {@link Scale}
 * @param hint the tooltip in a browser; may be empty
 */
public record Cell(List<String> lines, double value, String hint) {
  public Cell {
    lines = List.copyOf(lines);
  }

  /** A cell of one line without a hint. */
  public static Cell of(String line, double value) {
    return new Cell(List.of(line), value, "");
  }

  /** A cell whose text is its number. */
  public static Cell numbered(double value) {
    return Cell.of(Scale.number(value), value);
  }

  /** A cell that has only a colour; in a table of text, its number with two digits. */
  public static Cell of(double value) {
    return new Cell(List.of(), value, "");
  }
}
