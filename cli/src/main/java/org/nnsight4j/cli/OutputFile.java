package org.nnsight4j.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks files that a command will write before the model runs, which may take long. */
final class OutputFile {
  private OutputFile() {}

  static void check(CommandSpec spec, String option, Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new ParameterException(
          spec.commandLine(),
          "%s: %s cannot be written: there is no folder %s".formatted(option, file, folder));
    }
    if (Files.isDirectory(file)) {
      throw new ParameterException(
          spec.commandLine(), "%s: %s cannot be written: it is a folder".formatted(option, file));
    }
  }
}
