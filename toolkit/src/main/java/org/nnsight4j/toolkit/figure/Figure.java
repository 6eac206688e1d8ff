package org.nnsight4j.toolkit.figure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.nnsight4j.error.RunException;

/**
 * A picture of numbers. Every figure is also text for a terminal, and one file: an SVG without a
 * script, or a page whose numbers can be read with a pointer or the arrow keys. Nothing is
 * downloaded, colours follow the reader's light or dark mode, and the same numbers give the same
 * bytes.
 */
public interface Figure {
  /** What it shows. */
  String title();

  /**
   * An aligned table for a terminal.
   *
   * @param width the number of columns of the terminal; what does not fit continues below
   */
  String text(int width);

  /** A self-contained SVG document. */
  String svg();

  /** A self-contained page. */
  String html();

  /**
   * Writes the figure to a file.
   *
   * @param file its name ends in {@code .svg} or {@code .html}
   * @throws RunException if it ends in anything else
   */
  default Path write(Path file) throws IOException {
    String name = file.toString();
    if (name.endsWith(".svg")) {
      return Files.writeString(file, svg());
    } else if (name.endsWith(".html")) {
      return Files.writeString(file, html());
    }
    throw new RunException(
        "expected a file that ends in .svg or .html, found '%s'".formatted(name));
  }
}
