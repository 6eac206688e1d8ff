package org.nnsight4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.figure.Figure;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all analyses of the toolkit share: a model, progress, and a table, a picture or JSON. */
abstract class AnalysisCommand implements Callable<Integer> {
  @Mixin private ModelChoice model;

  @ArgGroup private @Nullable OutputForm form;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  AnalysisCommand() {}

  /** What can be said before a model is read. */
  abstract void check();

  /** What the model must be a decoder for. */
  abstract String use();

  abstract AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress)
      throws IOException;

  /** The figure of a result; another one for commands that have several. */
  Figure figure(AnalysisResult result) {
    return result.figure();
  }

  @Override
  public final Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    check();
    OutputForm.check(spec, form);
    try (LanguageModel<AnyModel> language = model.open()) {
      model.requireDecoder(language, use());
      AnalysisResult result;
      try (ElapsedSeconds seconds = ElapsedSeconds.of(err, "running " + model)) {
        result = analyse(language, seconds::parts);
      }
      ModelChoice.warn(err, language);
      print(out, result);
    }
    return 0;
  }

  private void print(PrintWriter out, AnalysisResult result) throws IOException {
    if (form == null) {
      out.print(result);
    } else if (form.isJson()) {
      out.println(result.toJson());
    } else {
      out.println(form.write(figure(result)));
    }
    out.flush();
  }

  /** Refuses a count below 1. */
  final void atLeastOne(String option, int count) {
    if (count < 1) {
      throw wrong("%s is %s; it must be at least 1".formatted(option, count));
    }
  }

  /** A mistake in the options. */
  final ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  final CommandSpec spec() {
    return spec;
  }
}
