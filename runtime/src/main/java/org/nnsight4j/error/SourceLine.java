package org.nnsight4j.error;

import java.io.Serializable;

/**
 * Where in the user's code something was recorded.
 *
 * @param file the source file, or the class and method if the code was compiled without the file's
 *     name
 * @param line from 1, or 0 if the code was compiled without line numbers
 */
public record SourceLine(String className, String file, int line) implements Serializable {
  private static final long serialVersionUID = 1L;
  public static final SourceLine UNKNOWN = new SourceLine("", "", 0);

  public SourceLine {
    // The JVM uses several negative numbers for an unknown line.
    line = Math.max(0, line);
  }

  @Override
  public String toString() {
    if (line > 0) {
      return file + ":" + line;
    }
    return file.isEmpty() ? "an unknown line" : file + ", unknown line";
  }
}
