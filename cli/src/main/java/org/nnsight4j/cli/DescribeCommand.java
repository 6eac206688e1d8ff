package org.nnsight4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import javax.lang.model.SourceVersion;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.Snapshots;
import org.nnsight4j.internal.spelling.Shown;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nnsight4j describe}: what a checkpoint consists of, for people and for javac. */
@Command(
    name = "describe",
    description =
        "Shows the modules of a checkpoint, their shapes, parameters and memory. Reads config.json"
            + " and the headers of the weight files, no weights.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class DescribeCommand implements Callable<Integer> {
  private static final Pattern PACKAGE = Pattern.compile("[a-z_]\\w*(\\.[a-z_]\\w*)*");

  @Option(
      names = "--snapshot",
      description = "Write NAME.layers.json, to which a descriptor can be @Pinned.")
  private boolean snapshot;

  @Option(
      names = "--java",
      description = "Write a first descriptor, for an architecture that has none yet.")
  private boolean java;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The name of both files; without it, the name of the directory.")
  private @Nullable String name;

  @Option(
      names = "--package",
      paramLabel = "PACKAGE",
      defaultValue = "models",
      description = "The descriptor's package (${DEFAULT-VALUE}).")
  private String packageName;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Where files are written (${DEFAULT-VALUE}).")
  private Path folder;

  @Parameters(paramLabel = "CHECKPOINT", description = "A model directory of Hugging Face.")
  private Path directory;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills what is annotated.
  DescribeCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (!snapshot && !java) {
      for (String option : List.of("--name", "--package", "--out")) {
        if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
          throw new ParameterException(
              spec.commandLine(),
              "%s says how files are written: add --snapshot or --java, or leave it out"
                  .formatted(option));
        }
      }
    }
    LayerSnapshot found = Snapshots.of(directory);
    if (!snapshot && !java) {
      out.print(new Description(found, Checkpoint.open(directory)).text());
      out.flush();
      return 0;
    }
    if (!Files.isDirectory(folder)) {
      throw new ParameterException(
          spec.commandLine(), "--out %s: there is no such folder".formatted(folder));
    }
    if (!PACKAGE.matcher(packageName).matches() || !SourceVersion.isName(packageName)) {
      throw new ParameterException(
          spec.commandLine(),
          "--package is '%s', expected a name such as org.example.models".formatted(packageName));
    }
    String file = fileName() + ".layers.json";
    if (snapshot) {
      out.println(Shown.line(write(file, found.toJson()) + " written"));
    }
    if (java) {
      DescriptorSource source =
          new DescriptorSource(found, packageName, fileName(), snapshot ? file : null);
      out.println(Shown.line(write(source.typeName() + ".java", source.text()) + " written"));
    }
    return 0;
  }

  private Path write(String file, String text) throws IOException {
    return Files.writeString(folder.resolve(file), text);
  }

  private String fileName() {
    if (name != null) {
      if (!name.matches("[\\w][\\w.-]*")) {
        throw new ParameterException(
            spec.commandLine(),
            "--name is '%s', expected letters, digits, '.', '_' and '-'".formatted(name));
      }
      return name;
    }
    Path last = directory.toAbsolutePath().normalize().getFileName();
    return Objects.toString(last, "model").replaceAll("[^\\w.-]", "-");
  }
}
