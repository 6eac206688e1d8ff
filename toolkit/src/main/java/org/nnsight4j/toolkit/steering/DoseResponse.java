package org.nnsight4j.toolkit.steering;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * How the last token's logit of an answer, or its difference to another's, changes with the
 * strength of steering.
 *
 * <pre>{@code
 * DoseResponse.of(gpt2, Steer.by(italy).layers(1)).answer(" Rome").against(" Paris")
 *     .strengths(-2, -1, 0, 1, 2).run(prompts);
 * }</pre>
 *
 * <p>One pass for each prompt, with a row for each strength. Immutable.
 */
public final class DoseResponse {
  private final LanguageModel<?> model;
  private final Steer steer;
  private final double[] strengths;
  private final @Nullable Answer answer;
  private final @Nullable Answer against;
  private final Progress progress;

  private DoseResponse(
      LanguageModel<?> model,
      Steer steer,
      double[] strengths,
      @Nullable Answer answer,
      @Nullable Answer against,
      Progress progress) {
    this.model = model;
    this.steer = steer;
    this.strengths = strengths;
    this.answer = answer;
    this.against = against;
    this.progress = progress;
  }

  /** Strengths from -2 to 2 times that of the steering. */
  public static DoseResponse of(LanguageModel<?> model, Steer steer) {
    double own = steer.strength();
    double[] strengths = {-2 * own, -own, 0, own, 2 * own};
    Arrays.sort(strengths);
    return new DoseResponse(model, steer, strengths, null, null, Progress.NONE);
  }

  /** The strengths to try. */
  public DoseResponse strengths(double... each) {
    if (each.length == 0) {
      throw new RunException("expected a strength or more, found none");
    }
    double[] sorted = Arrays.stream(each).sorted().distinct().toArray();
    return new DoseResponse(model, steer, sorted, answer, against, progress);
  }

  /** The token whose logit is measured: a text of one token. */
  public DoseResponse answer(String token) {
    return new DoseResponse(model, steer, strengths, Answer.of(model, token), against, progress);
  }

  /** {@link #answer(String)} by its id. */
  public DoseResponse answer(long id) {
    return new DoseResponse(model, steer, strengths, Answer.of(model, id), against, progress);
  }

  /** A token whose logit is subtracted. */
  public DoseResponse against(String token) {
    return new DoseResponse(model, steer, strengths, answer, Answer.of(model, token), progress);
  }

  /** {@link #against(String)} by its id. */
  public DoseResponse against(long id) {
    return new DoseResponse(model, steer, strengths, answer, Answer.of(model, id), progress);
  }

  /** Listens to the work: one part is one prompt. */
  public DoseResponse progress(Progress listener) {
    return new DoseResponse(model, steer, strengths, answer, against, Progress.required(listener));
  }

  /** What {@link #run} will do. */
  public Cost cost(List<String> prompts) {
    long tokens = PromptTokens.all(model, prompts).stream().mapToLong(PromptTokens::length).sum();
    return Cost.of(
        (long) prompts.size() * strengths.length,
        tokens * strengths.length,
        8L * prompts.size() * strengths.length);
  }

  /** Runs on texts. */
  public DoseResponseResult run(List<String> prompts) {
    return runAll(PromptTokens.all(model, prompts));
  }

  /** Runs on one text. */
  public DoseResponseResult run(String prompt) {
    return run(List.of(prompt));
  }

  /** Runs on token ids. */
  public DoseResponseResult run(long[] prompt) {
    return runAll(List.of(PromptTokens.of(model, prompt)));
  }

  private DoseResponseResult runAll(List<PromptTokens> prompts) {
    if (answer == null) {
      throw new RunException("no answer was given; answer(\" Paris\") names the token to measure");
    }
    Answer wanted = answer;
    double[][] values = new double[prompts.size()][strengths.length];
    for (int i = 0; i < prompts.size(); i++) {
      List<long[]> rows = new ArrayList<>();
      for (int s = 0; s < strengths.length; s++) {
        rows.add(prompts.get(i).ids());
      }
      List<Saved<Axis>> saved =
          Passes.invoking(
              model,
              rows,
              (invoker, row) -> {
                steer.strength(strengths[row]).on(invoker);
                return metric(Decoder.of(invoker.model()), wanted).save();
              });
      for (int s = 0; s < strengths.length; s++) {
        values[i][s] = saved.get(s).value().item();
      }
      progress.at(i + 1L, prompts.size());
    }
    String measured =
        against == null
            ? "logit of " + wanted.label()
            : "%s - %s (logits)".formatted(wanted.label(), against.label());
    return new DoseResponseResult(measured, strengths, values);
  }

  private Value<Axis> metric(Decoder view, Answer wanted) {
    Value<Axis> logits = Passes.any(view.logits().at(-1));
    Value<Axis> logit = logits.get("0, " + wanted.id());
    return against == null ? logit : logit.sub(logits.get("0, " + against.id()));
  }
}
