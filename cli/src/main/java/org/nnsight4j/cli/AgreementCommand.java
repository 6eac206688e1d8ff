package org.nnsight4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code nnsight4j agreement}: what rounded weights or another type change. */
@Command(
    name = "agreement",
    description =
        "Compares a model with --weights or --dtype with the exact one: for how many tokens of the"
            + " prompt both predict the same next token, and how far apart their probabilities are.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AgreementCommand implements Callable<Integer> {
  @Mixin private ModelChoice model;
  @Mixin private PromptChoice prompt;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  AgreementCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    prompt.check();
    if (model.isExact()) {
      throw new ParameterException(
          spec.commandLine(),
          "expected --weights or --dtype, because the model is compared with the exact one");
    }
    Agreement found;
    String precision;
    try (LanguageModel<AnyModel> exact = model.openExact()) {
      model.requireDecoder(exact, "no next token to agree on");
      long[] tokens = prompt.tokens(exact, 0);
      try (ElapsedSeconds progress = ElapsedSeconds.of(err, "running " + model + " twice")) {
        Tensor expected = logits(exact, tokens).value();
        try (LanguageModel<AnyModel> rounded = model.open()) {
          Logits run = logits(rounded, tokens);
          precision = run.precision();
          found = Agreement.of(run.value(), expected);
        }
      }
      ModelChoice.warn(err, exact);
    }
    out.println("compared: " + precision);
    out.println("with:     FLOAT32 and weights as in their files");
    out.println(
        String.format(
            Locale.ROOT,
            "the same next token after %s of %s tokens (%.1f %%)",
            found.same(),
            found.positions(),
            100.0 * found.same() / found.positions()));
    out.println(
        String.format(
            Locale.ROOT,
            "total variation of the probabilities: mean %.5f, largest %.5f (0 equal, 1 disjoint)",
            found.mean(),
            found.largest()));
    out.flush();
    return 0;
  }

  private record Logits(Tensor value, String precision) {}

  private static Logits logits(LanguageModel<AnyModel> language, long[] tokens) {
    var run =
        language
            .trace(TraceOptions.defaults())
            .run(
                generator ->
                    generator.invoke(
                        new long[][] {tokens}, invoker -> invoker.model().logits().save()));
    Saved<? extends Axis> saved = run.result();
    return new Logits(saved.value(), run.receipt().precision().toString());
  }
}
