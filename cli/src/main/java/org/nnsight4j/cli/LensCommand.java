package org.nnsight4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.lens.LensFigure;
import org.nnsight4j.toolkit.lens.LogitLens;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code nnsight4j lens}: what the model would predict if it ended after each layer. */
@Command(
    name = "lens",
    description =
        "Shows the logit lens: the tokens that each layer would predict after each token of the"
            + " prompt, with their probabilities.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class LensCommand implements Callable<Integer> {
  private static final int USUAL_WIDTH = 100;

  @Mixin private ModelChoice model;
  @Mixin private PromptChoice prompt;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "1",
      description = "How many tokens each cell shows (${DEFAULT-VALUE}).")
  private int top;

  @ArgGroup private @Nullable OutputForm form;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  LensCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    prompt.check();
    if (top < 1) {
      throw new ParameterException(
          spec.commandLine(), "--top is %s; it must be at least 1".formatted(top));
    }
    OutputForm.check(spec, form);
    try (LanguageModel<AnyModel> language = model.open()) {
      model.requireDecoder(language, "no logit lens of next tokens");
      if (top > language.blueprint().vocabularySize()) {
        throw new ParameterException(
            spec.commandLine(),
            "--top is %s; it can be 1 to %s, the number of tokens that there are"
                .formatted(top, language.blueprint().vocabularySize()));
      }
      long[] tokens = prompt.tokens(language, 0);
      String shown;
      try (ElapsedSeconds progress = ElapsedSeconds.of(err, "running " + model)) {
        shown = shown(language, tokens);
      }
      ModelChoice.warn(err, language);
      out.print(shown);
      out.flush();
    }
    return 0;
  }

  private String shown(LanguageModel<AnyModel> language, long[] tokens) throws IOException {
    if (form != null && form.isJson()) {
      return LogitLens.of(language).topK(top).run(tokens).toJson() + System.lineSeparator();
    }
    Heatmap lens = LensFigure.of(language, tokens, top, EarlyLogits::of);
    return form == null
        ? lens.text(Integer.getInteger("nnsight4j.width", USUAL_WIDTH))
        : form.write(lens) + System.lineSeparator();
  }
}
