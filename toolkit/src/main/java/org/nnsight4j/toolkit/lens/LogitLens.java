package org.nnsight4j.toolkit.lens;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
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
  private final LensReading reading;

  private LogitLens(LensReading reading) {
    this.reading = reading;
  }

  /** The lens of a decoder, with the likeliest token of each place. */
  public static LogitLens of(LanguageModel<?> model) {
    Passes.places(model);
    return new LogitLens(LensReading.of(model));
  }

  /** How many of the likeliest tokens to keep. */
  public LogitLens topK(int k) {
    return new LogitLens(reading.topK(k));
  }

  /**
   * A token whose probability and rank to keep as well.
   *
   * @param token a text of one token; mind the space before a word
   */
  public LogitLens target(String token) {
    return new LogitLens(reading.target(Answer.of(reading.model(), token)));
  }

  /** {@link #target(String)} by its id. */
  public LogitLens target(long id) {
    return new LogitLens(reading.target(Answer.of(reading.model(), id)));
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    return reading.cost(PromptTokens.of(reading.model(), prompt), Passes.layers(reading.model()));
  }

  /** Runs on a text. */
  public LogitLensResult run(String prompt) {
    return over(PromptTokens.of(reading.model(), prompt));
  }

  /** Runs on token ids. */
  public LogitLensResult run(long[] prompt) {
    return over(PromptTokens.of(reading.model(), prompt));
  }

  private LogitLensResult over(PromptTokens prompt) {
    List<String> names = Passes.layerNames(reading.model());
    List<LogitLensResult.Found> rows =
        Passes.trace(
            reading.model(),
            prompt.ids(),
            view -> {
              List<LogitLensResult.Found> found = new ArrayList<>();
              List<Value<Axis>> logits = Passes.logits(reading.model(), view, prompt.length());
              for (int i = 0; i < logits.size(); i++) {
                found.add(new LogitLensResult.Found(i, names.get(i), reading.keep(logits.get(i))));
              }
              return found;
            });
    return new LogitLensResult("logit lens", reading, prompt, rows);
  }
}
