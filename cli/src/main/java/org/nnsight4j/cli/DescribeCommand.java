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

/** {@code nnsight4j describe}: the contents of a checkpoint, for people and for javac. */
@Command(
    name = "describe",
    description =
        "Shows the modules of a checkpoint, their shapes, parameters and memory. Reads config.json"
            + " and the headers of the weight files, but no weights.",
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
      description = "Write a first draft of a descriptor, for an architecture that has none yet.")
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

  @Option(
      names = "--model",
      paramLabel = "CHECKPOINT",
      description = "The same as CHECKPOINT; the name that other commands use.")
  private @Nullable String model;

  @Parameters(
      paramLabel = "CHECKPOINT",
      arity = "0..1",
      hideParamSyntax = true,
      description =
          "A Hugging Face model directory, or a model on the hub, such as Qwen/Qwen3-0.6B, whose"
              + " weights are not downloaded if its architecture is known.")
  private @Nullable String checkpoint;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
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
    ModelPlace place = place();
    Checkpoint read = place.checkpoint(spec.commandLine().getErr());
    LayerSnapshot found = Snapshots.of(read);
    if (!snapshot && !java) {
      out.print(new Description(found, read).text());
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
    String file = fileName(place) + ".layers.json";
    if (snapshot) {
      out.println(Shown.line(write(file, found.toJson()) + " written"));
    }
    if (java) {
      DescriptorSource source =
          new DescriptorSource(found, packageName, fileName(place), snapshot ? file : null);
      out.println(Shown.line(write(source.typeName() + ".java", source.text()) + " written"));
    }
    return 0;
  }

  private Path write(String file, String text) throws IOException {
    return Files.writeString(folder.resolve(file), text);
  }

  private ModelPlace place() {
    if ((model == null) == (checkpoint == null)) {
      throw new ParameterException(
          spec.commandLine(),
          model == null
              ? "Missing required parameter: 'CHECKPOINT'"
              : "expected CHECKPOINT or --model, found both; leave one out");
    }
    String text = Objects.requireNonNull(model == null ? checkpoint : model);
    try {
      return ModelPlace.of(
          text, model == null ? "CHECKPOINT" : "--model", spec.commandLine().getErr());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private String fileName(ModelPlace place) {
    if (name != null) {
      if (!name.matches("[\\w][\\w.-]*")) {
        throw new ParameterException(
            spec.commandLine(),
            "--name is '%s', expected letters, digits, '.', '_' and '-'".formatted(name));
      }
      return name;
    }
    return place.shortName().replaceAll("[^\\w.-]", "-");
  }
}
