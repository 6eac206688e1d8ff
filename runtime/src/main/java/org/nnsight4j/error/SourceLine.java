package org.nnsight4j.error;

/** Where in the user's code something was recorded. */
public record SourceLine(String className, String file, int line) {
  public static final SourceLine UNKNOWN = new SourceLine("", "unknown", 0);

  @Override
  public String toString() {
    return file + ":" + line;
  }
}
