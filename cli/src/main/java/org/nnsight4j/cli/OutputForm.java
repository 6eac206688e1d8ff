package org.nnsight4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.toolkit.figure.Figure;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Something else than a table in the terminal; one of its options is given. */
final class OutputForm {
  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a page with a picture, which tells its numbers.")
  private @Nullable Path html;

  @Option(names = "--svg", paramLabel = "FILE", description = "Write a picture.")
  private @Nullable Path svg;

  @Option(names = "--json", description = "Print all numbers as JSON.")
  private boolean json;

  /** Refuses a file that cannot be written, before a model is read. */
  static void check(CommandSpec spec, @Nullable OutputForm form) {
    if (form != null && !form.json) {
      OutputFile.check(spec, form.html == null ? "--svg" : "--html", form.file());
    }
  }

  boolean isJson() {
    return json;
  }

  /** Writes the picture; gives the line to print. */
  String write(Figure figure) throws IOException {
    String text = html == null ? figure.svg() : figure.html();
    return Shown.line(Files.writeString(file(), text) + " written");
  }

  private Path file() {
    return Objects.requireNonNull(html == null ? svg : html);
  }
}
