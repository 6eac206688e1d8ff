package org.nnsight4j.toolkit.lens;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Ordered;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * The logit lens (nostalgebraist 2020): what the model would predict if the residual stream after
 * each layer were its last, {@code W_U norm(h_l) + b_U}, with the model's own cap on logits.
 *
 * <pre>{@code
 * LogitLensResult lens = LogitLens.of(gpt2).topK(5).target(" Paris").run("The Eiffel Tower is in the city of");
 * lens.targetRank(2, -1);
 * }</pre>
 *
 * <p>One forward pass; of each layer's logits only what was asked for is kept. The last layer's
 * entry is what the model predicts. Immutable.
 */
public final class LogitLens {
  private final LanguageModel<?> model;
  private final int top;
  private final @Nullable Answer target;

  private LogitLens(LanguageModel<?> model, int top, @Nullable Answer target) {
    this.model = model;
    this.top = top;
    this.target = target;
  }

  /** The lens of a decoder, with the likeliest token of each place. */
  public static LogitLens of(LanguageModel<?> model) {
    Passes.places(model);
    return new LogitLens(model, 1, null);
  }

  /** How many of the likeliest tokens to keep. */
  public LogitLens topK(int k) {
    int most = model.blueprint().vocabularySize();
    if (k < 1 || k > most) {
      throw new RunException("expected topK from 1 to %s, found %s".formatted(most, k));
    }
    return new LogitLens(model, k, target);
  }

  /**
   * A token whose probability and rank to keep as well.
   *
   * @param token a text of one token; mind the space before a word
   */
  public LogitLens target(String token) {
    return new LogitLens(model, top, Answer.of(model, token));
  }

  /** {@link #target(String)} by its id. */
  public LogitLens target(long id) {
    return new LogitLens(model, top, Answer.of(model, id));
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    return cost(PromptTokens.of(model, prompt));
  }

  private Cost cost(PromptTokens prompt) {
    long perPlace = 12L * top + (target == null ? 0 : 16);
    return Cost.of(1, prompt.length(), perPlace * Passes.layers(model) * prompt.length());
  }

  /** Runs on a text. */
  public LogitLensResult run(String prompt) {
    return run(PromptTokens.of(model, prompt));
  }

  /** Runs on token ids. */
  public LogitLensResult run(long[] prompt) {
    return run(PromptTokens.of(model, prompt));
  }

  /** What is kept of one layer; {@code [1, position, ...]}. */
  record Layer(
      Saved<Axis> probabilities,
      Saved<Axis> ids,
      @Nullable Saved<Axis> targetLogProbability,
      @Nullable Saved<Axis> targetRank) {}

  private LogitLensResult run(PromptTokens prompt) {
    List<Layer> layers = Passes.trace(model, prompt.ids(), this::record);
    return new LogitLensResult(model, prompt, target, Passes.layerNames(model), layers);
  }

  private List<Layer> record(Decoder view) {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < view.layerCount(); i++) {
      Value<Axis> logits = Passes.any(view.project(view.layer(i).output()));
      Ordered.TopK best = logits.softmax(-1).topK(top, -1);
      layers.add(
          new Layer(
              best.values().save(),
              best.indices().save(),
              target == null ? null : ofTarget(logits.logSoftmax(-1), target).save(),
              target == null ? null : rank(logits, target).save()));
    }
    return layers;
  }

  private static Value<Axis> ofTarget(Value<Axis> values, Answer target) {
    return values.get("..., %s:%s".formatted(target.id(), target.id() + 1));
  }

  /** How many tokens are likelier. */
  private static Value<Axis> rank(Value<Axis> logits, Answer target) {
    return logits.gt(ofTarget(logits, target)).countNonzero(-1);
  }
}
