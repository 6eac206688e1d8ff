package org.nnsight4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code nnsight4j cache}: the values of one forward pass as a file. */
@Command(
    name = "cache",
    description =
        "Runs one forward pass and writes the outputs of modules to a safetensors file. Tensors"
            + " are named MODULE.output (MODULE.output.0 for a tuple), MODULE.input, or by the path"
            + " of an inner value.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CacheCommand implements Callable<Integer> {
  @Mixin private ModelChoice model;
  @Mixin private PromptChoice prompt;

  @Option(
      names = "--sites",
      paramLabel = "GLOB[,GLOB...]",
      split = ",",
      hideParamSyntax = true,
      description =
          "Only tensors with these names, or outputs of these modules: * matches one name between"
              + " dots, or a part of it, ** for any number of them. Without it, the outputs of all"
              + " modules.")
  private @Nullable List<String> globs;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The safetensors file to write.")
  private Path out;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  CacheCommand() {}

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    prompt.check();
    OutputFile.check(spec, "--out", out);
    try (LanguageModel<AnyModel> language = model.open()) {
      SiteNames sites = new SiteNames(language.blueprint());
      List<SiteNames.Named> chosen = globs == null ? sites.outputs() : chosen(sites, globs);
      long[] tokens = prompt.tokens(language, 0);
      Map<String, Tensor> values;
      List<Receipt> receipts = new ArrayList<>();
      try (ElapsedSeconds progress = ElapsedSeconds.of(err, "running " + model)) {
        values = sites.values(language, tokens, chosen, receipts::add);
      }
      receipts.forEach(receipt -> ModelChoice.warn(err, receipt));
      ModelChoice.warn(err, language);
      Safetensors.write(out, values, Map.of());
      spec.commandLine().getOut().println("%s written: %s tensors".formatted(out, values.size()));
    }
    return 0;
  }

  private List<SiteNames.Named> chosen(SiteNames sites, List<String> patterns) {
    for (String glob : patterns) {
      if (glob.isBlank() || sites.matching(List.of(glob)).isEmpty()) {
        throw new ParameterException(
            spec.commandLine(),
            "--sites: nothing is called '%s'; there are for example %s"
                .formatted(glob, String.join(", ", sites.examples())));
      }
    }
    return sites.matching(patterns);
  }
}
