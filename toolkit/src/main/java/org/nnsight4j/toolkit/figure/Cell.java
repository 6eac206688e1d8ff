package org.nnsight4j.toolkit.figure;

import java.util.List;

/**
 * One cell of a {@link Heatmap}.
 *
 * @param lines what is printed in it, one line below the other
 * @param value what colours it, by the heatmap's {@link Scale}
 * @param hint what a browser shows when the mouse rests on it; may be empty
 */
public record Cell(List<String> lines, double value, String hint) {
  public Cell {
    lines = List.copyOf(lines);
  }

  /** A cell of one line without a hint. */
  public static Cell of(String line, double value) {
    return new Cell(List.of(line), value, "");
  }
}
